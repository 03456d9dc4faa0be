"""The jobs: one file for each command and for each function of the Python API.

A function takes what its command requires by position and everything else by keyword, with the names of the options.
Data are a data folder or `Tables`. `max_rejected` is the largest share of a table's rows, 0 to 1, that may be rejected.
`tracking_uri` is MLflow's server or database, by default `MLFLOW_TRACKING_URI`, else `mlflow.db` in the working folder.
`progress` is called with a text when a long step begins. With `output=None` nothing is written. A result has the
figures of the job in `figures`, `to_dict()` returns what `--format json` prints, and `summary()` what the command
shows to a reader.
"""
