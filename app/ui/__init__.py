"""What every page shares: charts, errors, navigation, query parameters."""
