"""What schemas require together: merged, excluded, and how deep their smallest value is."""
