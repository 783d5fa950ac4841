"""The Compare page: two models, two result sets, or a study."""
