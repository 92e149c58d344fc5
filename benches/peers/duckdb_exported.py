"""The question of `run`, asked by DuckDB of exported Parquet files: duckdb_exported.py FILE...

Prints the number of groups, and the seconds that the question took inside the process.
"""

import sys
import time

import duckdb

QUESTION = """
    SELECT target_group_arn, count(*), count(*) FILTER (elb_status_code >= 500), quantile_disc(target_processing_time, 0.99)
    FROM read_parquet($files) GROUP BY target_group_arn
"""

connection = duckdb.connect(config={"threads": 2})
begin = time.perf_counter()
rows = connection.execute(QUESTION, {"files": sys.argv[1:]}).fetchall()
print(len(rows), time.perf_counter() - begin)
