"""Who may come in: accounts, their groups, what one account may do to another."""
