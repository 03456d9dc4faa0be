"""Charts: Plotly figures, one file a topic."""
