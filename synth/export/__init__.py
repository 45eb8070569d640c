"""A run's tree for other programs: GraphML, DOT, JSON."""
