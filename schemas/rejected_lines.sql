-- a line that could not be read as a row of its kind
-- Replace BUCKET/PREFIX, the accounts and the regions: albstats athena ddl
CREATE EXTERNAL TABLE IF NOT EXISTS `rejected_lines` (
  `log_object`  string    COMMENT 'the object the line stands in: path or s3:// URL',
  `line_number` bigint    COMMENT 'number of the line in its object, from 1',
  `reason`      string    COMMENT 'why it is not a row',
  `line`        string    COMMENT 'its text, at most 4 KiB; bytes that are not UTF-8 as \\xHH; NULL where an export redacts it',
  `kind`        string    COMMENT 'access, connection or health-check'
)
COMMENT 'One row is a line that could not be read as a row of its kind'
PARTITIONED BY (`account` string, `region` string, `day` string)
STORED AS PARQUET
LOCATION 's3://BUCKET/PREFIX/rejected_lines/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.account.type' = 'enum',
  'projection.account.values' = '123456789012',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'us-east-1',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy-MM-dd',
  'projection.day.range' = '2016-08-01,NOW+1DAYS',
  'storage.location.template' = 's3://BUCKET/PREFIX/rejected_lines/account=${account}/region=${region}/day=${day}/'
);
