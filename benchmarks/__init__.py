"""How fast RNNbow is, as ratios that were measured in one run. `make bench` prints the table."""
