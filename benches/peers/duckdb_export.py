"""Every field of access logs with its type, copied to Parquet by DuckDB: duckdb_export.py FOLDER FILE...

Less work than albstats does: client:port, target:port and the request stay whole, and no row says which object it is
from. Prints how many rows there are.
"""

import sys

import duckdb

from duckdb_columns import COLUMNS

COPY = f"""
    COPY (SELECT * FROM read_csv($files, columns = {COLUMNS}, header = false, auto_detect = false, delim = ' ',
                                 quote = '"', escape = '', nullstr = ['-', ''], compression = 'gzip',
                                 strict_mode = false))
    TO $target (FORMAT parquet, COMPRESSION zstd)
"""

connection = duckdb.connect(config={"threads": 2})
target = f"{sys.argv[1]}/duckdb.parquet"
print(connection.execute(COPY, {"files": sys.argv[2:], "target": target}).fetchone()[0])
