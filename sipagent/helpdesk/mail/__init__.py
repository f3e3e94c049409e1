"""E-mail as a way to the help desk: read, told apart, and put where it belongs."""
