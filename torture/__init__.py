"""What goes wrong for people, done on purpose and counted. `make torture` prints the tables."""
