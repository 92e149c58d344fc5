-- a client connection: a TLS handshake, or its failure (connection logs)
-- Replace BUCKET/PREFIX, the accounts and the regions: albstats athena ddl
CREATE EXTERNAL TABLE IF NOT EXISTS `connections` (
  `time`                           timestamp COMMENT 'when the connection was established or failed',
  `client_ip`                      string    COMMENT 'address of the client',
  `client_port`                    int       COMMENT 'port of the client',
  `listener_port`                  int       COMMENT 'port of the listener',
  `tls_protocol`                   string    COMMENT 'TLS version; NULL on an HTTP listener',
  `tls_cipher`                     string    COMMENT 'TLS cipher; NULL on an HTTP listener',
  `tls_handshake_latency`          double    COMMENT 'seconds the handshake took; NULL if it failed, and on an HTTP listener',
  `leaf_client_cert_subject`       string    COMMENT 'subject of the client\'s certificate',
  `leaf_client_cert_validity`      string    COMMENT 'NotBefore=...;NotAfter=... of the client\'s certificate',
  `leaf_client_cert_serial_number` string    COMMENT 'serial number of the client\'s certificate',
  `tls_verify_status`              string    COMMENT 'Success, or Failed:<code>',
  `conn_trace_id`                  string    COMMENT 'connection, as in table requests: TID_...',
  `tls_keyexchange`                string    COMMENT 'key exchange, e.g. secp256r1',
  `elb`                            string    COMMENT 'load balancer: app/<name>/<id>; from the object\'s name in older lines',
  `ip_address`                     string    COMMENT 'address of the load balancer node',
  `extra_fields`                   string    COMMENT 'fields after the last one known today, as written',
  `log_object`                     string    COMMENT 'the object the row was read from: path or s3:// URL'
)
COMMENT 'One row is a client connection: a TLS handshake, or its failure (connection logs)'
PARTITIONED BY (`account` string, `region` string, `day` string)
STORED AS PARQUET
LOCATION 's3://BUCKET/PREFIX/connections/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.account.type' = 'enum',
  'projection.account.values' = '123456789012',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'us-east-1',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy-MM-dd',
  'projection.day.range' = '2016-08-01,NOW+1DAYS',
  'storage.location.template' = 's3://BUCKET/PREFIX/connections/account=${account}/region=${region}/day=${day}/'
);
