-- name: trace-connections
-- title: The connections of requests
-- part-of: trace
-- param: connections text — their ids, with commas between them
SELECT time, client_ip, client_port, listener_port, tls_protocol, tls_cipher, tls_keyexchange, tls_handshake_latency,
       tls_verify_status, leaf_client_cert_subject, conn_trace_id, elb, ip_address
FROM connections
WHERE strpos(',' || :connections || ',', ',' || conn_trace_id || ',') > 0
ORDER BY time, conn_trace_id
