"""What the APIs of both apps share."""
