-- a request an Application Load Balancer handled (access logs)
-- Replace BUCKET/PREFIX, the accounts and the regions: albstats athena ddl
CREATE EXTERNAL TABLE IF NOT EXISTS `requests` (
  `type`                     string    COMMENT 'http, https, h2, grpcs, ws or wss',
  `time`                     timestamp COMMENT 'when the response was produced; for a WebSocket, when it closed',
  `elb`                      string    COMMENT 'load balancer: app/<name>/<id>',
  `client_ip`                string    COMMENT 'address of the client, perhaps a proxy\'s; IPv6 without brackets',
  `client_port`              int       COMMENT 'port of the client',
  `target_ip`                string    COMMENT 'address of the target; NULL if none was reached, and for Lambda',
  `target_port`              int       COMMENT 'port of the target',
  `request_processing_time`  double    COMMENT 'seconds from receiving the request to sending it to a target; NULL if it was not sent',
  `target_processing_time`   double    COMMENT 'seconds until the target began to answer; NULL if it did not',
  `response_processing_time` double    COMMENT 'seconds from the target\'s answer to sending it to the client; NULL if there was none',
  `elb_status_code`          int       COMMENT 'status code the load balancer sent to the client',
  `target_status_code`       int       COMMENT 'status code of the target; NULL if it did not answer',
  `received_bytes`           bigint    COMMENT 'size of the request in bytes, with headers',
  `sent_bytes`               bigint    COMMENT 'size of the response in bytes, with headers',
  `request_verb`             string    COMMENT 'method of the request; NULL if malformed',
  `request_url`              string    COMMENT 'URL as the client sent it, not normalised',
  `request_proto`            string    COMMENT 'HTTP version of the request; NULL if malformed',
  `user_agent`               string    COMMENT 'user agent, cut by AWS at 8 KB; escapes (\\x22) as written',
  `ssl_cipher`               string    COMMENT 'TLS cipher; NULL unless the listener is HTTPS',
  `ssl_protocol`             string    COMMENT 'TLS version; NULL unless the listener is HTTPS',
  `target_group_arn`         string    COMMENT 'ARN of the target group; NULL if none was chosen',
  `trace_id`                 string    COMMENT 'X-Amzn-Trace-Id header, whole',
  `domain_name`              string    COMMENT 'SNI name of the TLS handshake',
  `chosen_cert_arn`          string    COMMENT 'ARN of the certificate, or session-reused',
  `matched_rule_priority`    int       COMMENT 'listener rule 1-50000; 0 the default rule, -1 an error while evaluating',
  `request_creation_time`    timestamp COMMENT 'when the request was received',
  `actions_executed`         string    COMMENT 'actions, separated by commas: forward, redirect, waf, ...',
  `redirect_url`             string    COMMENT 'target of a redirect action',
  `error_reason`             string    COMMENT 'why authentication, a Lambda target or WAF failed',
  `target_port_list`         string    COMMENT 'targets as address:port, separated by spaces',
  `target_status_code_list`  string    COMMENT 'status codes of the targets, separated by spaces',
  `classification`           string    COMMENT 'desync class: Acceptable, Ambiguous or Severe; NULL if compliant',
  `classification_reason`    string    COMMENT 'why the request is not compliant',
  `conn_trace_id`            string    COMMENT 'connection, as in table connections: TID_...',
  `transformed_host`         string    COMMENT 'host after a rewrite',
  `transformed_uri`          string    COMMENT 'URI after a rewrite',
  `request_transform_status` string    COMMENT 'outcome of the rewrite: TransformSuccess, ...',
  `ip_address`               string    COMMENT 'address of the load balancer node',
  `target_error_code`        string    COMMENT 'HTTP/2 reset code the target sent, hexadecimal',
  `elb_error_code`           string    COMMENT 'HTTP/2 reset code the load balancer sent, hexadecimal',
  `extra_fields`             string    COMMENT 'fields after the last one known today, as written',
  `log_object`               string    COMMENT 'the object the row was read from: path or s3:// URL'
)
COMMENT 'One row is a request an Application Load Balancer handled (access logs)'
PARTITIONED BY (`account` string, `region` string, `day` string)
STORED AS PARQUET
LOCATION 's3://BUCKET/PREFIX/requests/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.account.type' = 'enum',
  'projection.account.values' = '123456789012',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'us-east-1',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy-MM-dd',
  'projection.day.range' = '2016-08-01,NOW+1DAYS',
  'storage.location.template' = 's3://BUCKET/PREFIX/requests/account=${account}/region=${region}/day=${day}/'
);
