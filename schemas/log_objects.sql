-- a log object
-- Replace BUCKET/PREFIX, the accounts and the regions: albstats athena ddl
CREATE EXTERNAL TABLE IF NOT EXISTS `log_objects` (
  `log_object`     string    COMMENT 'path or s3:// URL',
  `kind`           string    COMMENT 'access, connection or health-check',
  `elb`            string    COMMENT 'load balancer: app/<name>/<id>, from the object\'s name',
  `node_ip`        string    COMMENT 'address of the load balancer node, from the object\'s name',
  `interval_end`   timestamp COMMENT 'end of the interval the object covers, from its name',
  `size`           bigint    COMMENT 'size in bytes as stored',
  `modified`       timestamp COMMENT 'when it was last written',
  `etag`           string    COMMENT 'S3\'s mark of its content',
  `rows`           bigint    COMMENT 'lines that are rows (asking for it reads the object)',
  `rejected_lines` bigint    COMMENT 'lines that are not (asking for it reads the object)',
  `error`          string    COMMENT 'why it could not be read to its end (asking for it reads the object)'
)
COMMENT 'One row is a log object'
PARTITIONED BY (`account` string, `region` string, `day` string)
STORED AS PARQUET
LOCATION 's3://BUCKET/PREFIX/log_objects/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.account.type' = 'enum',
  'projection.account.values' = '123456789012',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'us-east-1',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy-MM-dd',
  'projection.day.range' = '2016-08-01,NOW+1DAYS',
  'storage.location.template' = 's3://BUCKET/PREFIX/log_objects/account=${account}/region=${region}/day=${day}/'
);
