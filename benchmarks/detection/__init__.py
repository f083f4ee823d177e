"""How many planted bugs a contract run finds, and whether it lets correct servers be."""
