-- a health check of a target (health check logs)
-- Replace BUCKET/PREFIX, the accounts and the regions: albstats athena ddl
CREATE EXTERNAL TABLE IF NOT EXISTS `health_checks` (
  `type`            string    COMMENT 'http, https, h2, grpc or lambda',
  `time`            timestamp COMMENT 'when the check was begun',
  `latency`         double    COMMENT 'seconds the check took',
  `target_addr`     string    COMMENT 'address:port of the target, or the ARN of a Lambda function',
  `target_ip`       string    COMMENT 'address of the target; NULL for Lambda',
  `target_port`     int       COMMENT 'port of the target; NULL for Lambda',
  `target_group_id` string    COMMENT 'name of the target group',
  `status`          string    COMMENT 'PASS or FAIL',
  `status_code`     int       COMMENT 'status code of the answer',
  `reason_code`     string    COMMENT 'why the check failed: TimedOut, ResponseCodeMismatch, ...',
  `elb`             string    COMMENT 'load balancer: app/<name>/<id>; from the object\'s name in older lines',
  `ip_address`      string    COMMENT 'address of the load balancer node',
  `extra_fields`    string    COMMENT 'fields after the last one known today, as written',
  `log_object`      string    COMMENT 'the object the row was read from: path or s3:// URL'
)
COMMENT 'One row is a health check of a target (health check logs)'
PARTITIONED BY (`account` string, `region` string, `day` string)
STORED AS PARQUET
LOCATION 's3://BUCKET/PREFIX/health_checks/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.account.type' = 'enum',
  'projection.account.values' = '123456789012',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'us-east-1',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy-MM-dd',
  'projection.day.range' = '2016-08-01,NOW+1DAYS',
  'storage.location.template' = 's3://BUCKET/PREFIX/health_checks/account=${account}/region=${region}/day=${day}/'
);
