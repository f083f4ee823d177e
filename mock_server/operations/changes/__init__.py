"""Operations that change resources: create, replace, update, delete, transition."""
