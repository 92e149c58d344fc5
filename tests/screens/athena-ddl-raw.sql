-- Access, connection and health check logs lie in the same folders, and Athena cannot choose objects by name: lines of
-- the other kinds are rows of NULLs here. This leaves them out, and does not read them:
--   WHERE "$path" NOT LIKE '%/conn_log%' AND "$path" NOT LIKE '%/health_check_log%'
-- `day` is the folder's: an object of shortly after midnight can hold rows of the day before.
CREATE EXTERNAL TABLE IF NOT EXISTS `alb_access_logs` (
  `type` string,
  `time` string,
  `elb` string,
  `client_ip` string,
  `client_port` int,
  `target_ip` string,
  `target_port` int,
  `request_processing_time` double,
  `target_processing_time` double,
  `response_processing_time` double,
  `elb_status_code` int,
  `target_status_code` string,
  `received_bytes` bigint,
  `sent_bytes` bigint,
  `request_verb` string,
  `request_url` string,
  `request_proto` string,
  `user_agent` string,
  `ssl_cipher` string,
  `ssl_protocol` string,
  `target_group_arn` string,
  `trace_id` string,
  `domain_name` string,
  `chosen_cert_arn` string,
  `matched_rule_priority` string,
  `request_creation_time` string,
  `actions_executed` string,
  `redirect_url` string,
  `lambda_error_reason` string,
  `target_port_list` string,
  `target_status_code_list` string,
  `classification` string,
  `classification_reason` string,
  `conn_trace_id` string,
  `transformed_host` string,
  `transformed_uri` string,
  `request_transform_status` string,
  `ip_address` string,
  `target_error_code` string,
  `elb_error_code` string,
  `extra_fields` string
)
PARTITIONED BY (`account` string, `region` string, `day` string)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'
WITH SERDEPROPERTIES (
  'serialization.format' = '1',
  'input.regex' = '([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*):([0-9]*) ([^ ]*)[:-]([0-9]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*)(?: "([^ "]*)(?: ([^"]*?))?(?: ([^ "]*))? ?" "([^"]*)" ([^ ]*) ([^ ]*) ([^ ]*)(?: "([^"]*)"(?: "([^"]*)" "([^"]*)"(?: ([^ ]*) ([^ ]*) "([^"]*)"(?: "([^"]*)"(?: "([^"]*)"(?: "([^"]*)" "([^"]*)"(?: "([^"]*)" "([^"]*)"(?: ([^ "]*)(?: "([^"]*)" "([^"]*)" "([^"]*)"(?: ([^ "]*)(?: "?([^ "]*)"? "?([^ "]*)"?)?)?)?)?)?)?)?)?)?)?)?)?(?: (.*))?'
)
LOCATION 's3://logs/v1/AWSLogs/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.account.type' = 'enum',
  'projection.account.values' = '123456789012',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'eu-west-1',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy/MM/dd',
  'projection.day.range' = '2016/08/01,NOW+1DAYS',
  'projection.day.interval' = '1',
  'projection.day.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://logs/v1/AWSLogs/${account}/elasticloadbalancing/${region}/${day}'
);

-- Access, connection and health check logs lie in the same folders, and Athena cannot choose objects by name: lines of
-- the other kinds are rows of NULLs here. This leaves them out, and does not read them:
--   WHERE "$path" LIKE '%/conn_log%'
-- `day` is the folder's: an object of shortly after midnight can hold rows of the day before.
CREATE EXTERNAL TABLE IF NOT EXISTS `alb_connection_logs` (
  `time` string,
  `client_ip` string,
  `client_port` int,
  `listener_port` int,
  `tls_protocol` string,
  `tls_cipher` string,
  `tls_handshake_latency` double,
  `leaf_client_cert_subject` string,
  `leaf_client_cert_validity` string,
  `leaf_client_cert_serial_number` string,
  `tls_verify_status` string,
  `conn_trace_id` string,
  `tls_keyexchange` string,
  `elb` string,
  `ip_address` string,
  `extra_fields` string
)
PARTITIONED BY (`account` string, `region` string, `day` string)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'
WITH SERDEPROPERTIES (
  'serialization.format' = '1',
  'input.regex' = '([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) "([^"]*)" ([^ ]*) ([^ ]*) ([^ ]*)(?: ([^ ]*)(?: ([^ ]*)(?: ([^ ]*) ([^ ]*))?)?)?(?: (.*))?'
)
LOCATION 's3://logs/v1/AWSLogs/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.account.type' = 'enum',
  'projection.account.values' = '123456789012',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'eu-west-1',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy/MM/dd',
  'projection.day.range' = '2016/08/01,NOW+1DAYS',
  'projection.day.interval' = '1',
  'projection.day.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://logs/v1/AWSLogs/${account}/elasticloadbalancing/${region}/${day}'
);

-- Access, connection and health check logs lie in the same folders, and Athena cannot choose objects by name: lines of
-- the other kinds are rows of NULLs here. This leaves them out, and does not read them:
--   WHERE "$path" LIKE '%/health_check_log%'
-- `day` is the folder's: an object of shortly after midnight can hold rows of the day before.
CREATE EXTERNAL TABLE IF NOT EXISTS `alb_health_check_logs` (
  `type` string,
  `time` string,
  `latency` double,
  `target_addr` string,
  `target_group_id` string,
  `status` string,
  `status_code` int,
  `reason_code` string,
  `elb` string,
  `ip_address` string,
  `extra_fields` string
)
PARTITIONED BY (`account` string, `region` string, `day` string)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'
WITH SERDEPROPERTIES (
  'serialization.format' = '1',
  'input.regex' = '([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*) (PASS|FAIL) ([^ ]*) ([^ ]*)(?: ([^ ]*) ([^ ]*))?(?: (.*))?'
)
LOCATION 's3://logs/v1/AWSLogs/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.account.type' = 'enum',
  'projection.account.values' = '123456789012',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'eu-west-1',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy/MM/dd',
  'projection.day.range' = '2016/08/01,NOW+1DAYS',
  'projection.day.interval' = '1',
  'projection.day.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://logs/v1/AWSLogs/${account}/elasticloadbalancing/${region}/${day}'
);
