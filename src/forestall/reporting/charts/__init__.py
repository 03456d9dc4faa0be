"""Charts: Plotly specifications with their table and a sentence, one file a topic."""
