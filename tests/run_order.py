"""Which tests are slow, which files begin first, and which share a worker."""

from xdist.scheduler import LoadFileScheduling

# What `make test-fast` leaves out, beside tests that are marked: what uses a trained model, a server, Spark or a
# browser, and files that train, simulate or read public data sets for seconds.
SLOW_FIXTURES = frozenset({"work", "trained", "spark", "server", "s3", "database", "site", "browser"})
SLOW_FILES = frozenset(
    {
        "assessment/test_assess.py",
        "data_report/test_real_data.py",
        "docs/test_page_examples.py",
        "importing/ready/test_public_logs.py",
        "importing/suggest/test_real_sources.py",
        "model/test_estimator.py",
        "model/test_interval.py",
        "model/test_missing.py",
        "model/test_missing_attributes.py",
        "model/test_risk_model.py",
        "moment_features/test_record_sources.py",
        "promotion/test_gate.py",
        "promotion/test_noise_gate.py",
        "server/test_business_time.py",
        "simulation/test_true_risk.py",
        "simulation/test_true_risk_during_visit.py",
        "test_browser.py",
        "test_golden_scores.py",
        "test_notebooks.py",
        "test_of_tests.py",
        "test_pipelines.py",
        "training/test_earlier_ratings.py",
        "training/test_event_label.py",
        "training/test_learn.py",
        "training/test_own_kinds.py",
        "training/test_tuning.py",
    }
)
# The longest files begin first, so that no worker is still at one when the others have ended.
LONG_FILES = (
    "training/test_learn.py",
    "docs/test_page_examples.py",
    "test_notebooks.py",
    "test_golden_scores.py",
    "spark/test_parts.py",
    "training/test_learn_on_spark.py",
    "own_features/test_travels.py",
    "spark/test_speculation.py",
    "spark/test_scoring.py",
    "jobs/test_score_on_spark.py",
    "server/test_hostile.py",
    "publishing/test_database_output.py",
    "publishing/test_store_output.py",
    "jobs/test_promote.py",
    "jobs/test_log_training.py",
    "training/test_event_label.py",
    "test_pipelines.py",
    "importing/ready/test_public_logs.py",
    "model/test_estimator.py",
    "cli/test_scoring_commands.py",
    "promotion/test_checks.py",
    "cli/test_data_commands.py",
    "training/test_tuning.py",
    "server/test_end_to_end.py",
    "model/test_risk_model.py",
    "promotion/test_noise_gate.py",
    "monitoring/test_examine.py",
    "server/test_process.py",
    "registry/test_environment.py",
    "server/test_business_time.py",
    "data_report/test_real_data.py",
    "jobs/test_score.py",
    "docs/test_site_in_browser.py",
    "docs/test_readme.py",
)
# The files of a group share one worker, and so what all their tests use: a worker that starts Spark spends half a
# minute of processor time on its Java machine, and one that starts the shared servers a quarter of a minute.
GROUPS = {
    "spark": (
        "jobs/test_order_by_effect.py",
        "jobs/test_score_on_spark.py",
        "own_features/test_travels.py",
        "spark/test_parts.py",
        "spark/test_scoring.py",
        "spark/test_speculation.py",
        "training/test_learn_on_spark.py",
    ),
    "server": (
        "server/test_app.py",
        "server/test_attacks.py",
        "server/test_command.py",
        "server/test_connections.py",
        "server/test_explanation.py",
        "server/test_hostile.py",
        "server/test_metrics.py",
        "server/test_middleware.py",
        "server/test_misspelt_fields.py",
        "server/test_model_description.py",
        "server/test_model_follower.py",
        "server/test_openapi.py",
        "server/test_trial.py",
    ),
}
GROUP_OF = {file: group for group, files in GROUPS.items() for file in files}


class FilesTogether(LoadFileScheduling):
    """Keeps the tests of a file on one worker, and those of all files of a group."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return GROUP_OF.get(file.removeprefix("tests/"), file)
