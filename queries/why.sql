-- name: why
-- title: Why requests failed
-- question: Why did requests fail, on which targets and since when?
-- param: bucket duration = auto 180 — length of a bar
-- param: status status — only failures with these status codes
-- column: elb text LOAD BALANCER
-- column: target_group_arn text TARGET GROUP
-- column: target_ip text TARGET
-- column: target_port code PORT
-- column: target_pod text POD
-- column: rule text RULE
-- column: status code STATUS
-- column: reason text REASON
-- column: bucket number FROM
-- column: requests count REQUESTS
-- column: first_time time FIRST
-- column: last_time time LAST
-- column: example text EXAMPLE
-- column: elapsed_p10 seconds p10
-- column: elapsed_p50 seconds p50
-- column: elapsed_p90 seconds p90
-- column: answers count ANSWERS
-- column: answer_seconds number ANSWER TIME
-- column: client_low text FIRST CLIENT
-- column: client_high text LAST CLIENT
-- column: place_low text FIRST URL
-- column: place_high text LAST URL
-- fold: failures: target_group_arn elb ~target_ip ~target_port ~target_pod if rule IS NOT NULL
--
-- A row is a group of requests with one cause: `rule` is its name in docs/why.md, and NULL for requests that did not fail
-- or whose failures are not asked for. Those stay in the counts, so that failures can be compared with requests.
-- `bucket` is the begin of a bar, in seconds since the epoch. Rows without one count over all targets and bars: percentiles cannot be added up.
-- `reason`, `example`, `elapsed_*`, `client_*` and `place_*` are of failures only; if low and high are the same, all
-- failures had one client, or one URL. `answers` and `answer_seconds` are of requests that a target answered.
WITH timed AS (
    SELECT
        *,
        CAST(floor(to_unixtime(time) / :bucket) * :bucket AS bigint) AS bucket,
        round(to_unixtime(time) - to_unixtime(request_creation_time), 3) AS elapsed
    FROM requests
),
judged AS (
    SELECT
        elb,
        target_group_arn,
        target_ip,
        target_port,
        target_pod,
        time,
        bucket,
        elapsed,
        elb_status_code,
        error_reason,
        target_error_code,
        elb_error_code,
        classification_reason,
        trace_id,
        conn_trace_id,
        client_ip,
        request_url,
        CASE WHEN target_status_code IS NOT NULL AND type NOT IN ('ws', 'wss')
             THEN target_processing_time END AS answer,
        CASE
            WHEN elb_status_code BETWEEN 1 AND 399 THEN NULL
            WHEN elb_status_code NOT BETWEEN :status_from AND :status_to THEN NULL

            -- The target itself said so. What it says of clients is its business, unless it is asked for.
            WHEN target_status_code = elb_status_code THEN CASE
                WHEN elb_status_code = 500 THEN '500-from-target'
                WHEN elb_status_code = 502 THEN '502-from-target'
                WHEN elb_status_code = 503 THEN '503-from-target'
                WHEN elb_status_code = 504 THEN '504-from-target'
                WHEN elb_status_code > 500 THEN '5xx-from-target'
                WHEN :status_from >= 400 THEN '4xx-from-target'
            END

            -- Said by the client.
            WHEN elb_status_code = 460 THEN CASE
                WHEN target_ip IS NULL THEN '460-sending'
                WHEN target_status_code IS NOT NULL OR target_processing_time IS NOT NULL THEN '460-receiving'
                WHEN request_processing_time IS NULL THEN '460-connecting'
                ELSE '460-waiting'
            END
            WHEN elb_status_code = 463 THEN '463-forwarded-for'
            WHEN elb_status_code = 464 THEN CASE
                WHEN type = 'grpcs' THEN '464-grpc'
                WHEN request_proto LIKE 'HTTP/1%' THEN '464-http1'
                ELSE '464-http2'
            END

            -- The load balancer gives a reason.
            WHEN error_reason LIKE 'Lambda%' THEN CASE
                WHEN error_reason = 'LambdaUnhandled' THEN 'lambda-failed'
                WHEN error_reason IN ('LambdaThrottling', 'LambdaEC2ThrottledException') THEN 'lambda-throttled'
                WHEN error_reason IN ('LambdaInvalidResponse', 'LambdaResponseTooLarge') THEN 'lambda-response'
                WHEN error_reason IN ('LambdaRequestTooLarge', 'LambdaBadRequest', 'LambdaWebsocketNotSupported')
                    THEN 'lambda-request'
                WHEN error_reason IN ('LambdaConnectionTimeout', 'LambdaConnectionError', 'LambdaServiceException',
                                      'LambdaUnhandledException') THEN 'lambda-service'
                ELSE 'lambda-setup'
            END
            WHEN error_reason LIKE 'JWKS%' THEN 'jwt-keys'
            WHEN error_reason = 'JWTValidationInternalError' THEN 'auth-internal'
            WHEN error_reason LIKE 'JWT%' THEN 'jwt-rejected'
            WHEN error_reason LIKE 'Auth%' THEN CASE
                WHEN error_reason IN ('AuthTokenEpRequestTimeout', 'AuthUserinfoEpRequestTimeout')
                    THEN 'auth-idp-unreachable'
                WHEN error_reason IN ('AuthTokenEpRequestFailed', 'AuthUserinfoEpRequestFailed',
                                      'AuthInvalidTokenResponse', 'AuthInvalidIdToken',
                                      'AuthInvalidUserinfoResponse', 'AuthUserinfoResponseSizeExceeded')
                    THEN 'auth-idp-answer'
                WHEN error_reason = 'AuthUnhandledException' THEN 'auth-internal'
                ELSE 'auth-login'
            END
            WHEN elb_status_code = 500 AND (error_reason LIKE 'WAF%' OR actions_executed LIKE '%waf-failed%')
                THEN 'waf-failed'
            WHEN error_reason IN ('AWSALBTGCookieInvalid', 'WeightedTargetGroupsUnhandledException')
                THEN 'weighted-groups'
            WHEN request_transform_status LIKE 'Transform%' AND request_transform_status <> 'TransformSuccess'
                THEN 'transform-failed'
            WHEN target_error_code IS NOT NULL THEN 'h2-reset-by-target'
            WHEN elb_error_code IS NOT NULL THEN 'h2-reset-by-elb'

            -- A listener rule answers by itself.
            WHEN actions_executed LIKE '%fixed-response%' THEN CASE
                WHEN elb_status_code >= 500 OR :status_from >= 400 THEN 'fixed-response'
            END

            WHEN elb_status_code = 502 THEN CASE
                WHEN target_ip IS NULL THEN '502-no-address'
                WHEN target_status_code IS NOT NULL THEN '502-bad-response'
                WHEN request_processing_time IS NULL AND elapsed >= 9.5 THEN '502-handshake'
                WHEN request_processing_time IS NULL THEN '502-refused'
                WHEN coalesce(target_processing_time, elapsed - request_processing_time) < 0.010
                    THEN '502-reset-fast'
                WHEN coalesce(target_processing_time, elapsed - request_processing_time) >= 0.010
                    THEN '502-reset-late'
                ELSE '502-reset-untimed'
            END
            WHEN elb_status_code = 503 THEN CASE
                WHEN target_ip IS NOT NULL THEN '503-with-target'
                WHEN target_group_arn IS NULL THEN '503-no-group'
                ELSE '503-no-target'
            END
            WHEN elb_status_code = 504 THEN CASE
                WHEN target_ip IS NULL THEN '504-no-address'
                WHEN target_status_code IS NOT NULL THEN '504-body'
                WHEN request_processing_time IS NULL AND elapsed BETWEEN 9.5 AND 10.9 THEN '504-connect'
                WHEN request_processing_time IS NULL AND elapsed IS NULL THEN '504-untimed'
                ELSE '504-idle'
            END
            WHEN elb_status_code = 500 THEN CASE
                WHEN actions_executed LIKE '%authenticate%' THEN 'auth-idp-unreachable'
                ELSE '500-elb'
            END
            WHEN elb_status_code = 561 THEN '561-idp-error'
            WHEN elb_status_code = 501 THEN '501-encoding'
            WHEN elb_status_code = 505 THEN '505-version'
            WHEN elb_status_code = 0 THEN '000-closed'
            WHEN elb_status_code = 400 THEN CASE
                WHEN target_ip IS NOT NULL THEN '400-body'
                WHEN classification IS NOT NULL THEN '400-desync'
                WHEN request_verb IS NULL THEN '400-malformed'
                ELSE '400-rejected'
            END
            WHEN elb_status_code = 401 THEN '401-denied'
            WHEN elb_status_code = 403 AND actions_executed LIKE '%waf%' THEN '403-waf'
            WHEN elb_status_code = 405 AND actions_executed LIKE '%waf' THEN '405-waf'
            WHEN elb_status_code = 405 AND request_verb = 'TRACE' THEN '405-method'
            WHEN elb_status_code = 408 THEN '408-client-slow'
            WHEN elb_status_code = 413 THEN '413-body-size'
            WHEN elb_status_code = 414 THEN '414-uri-size'
            WHEN elb_status_code < 500 THEN '4xx-elb'
            WHEN elb_status_code >= 500 THEN '5xx-elb'
        END AS rule
    FROM timed
),
failures AS (
    SELECT
        elb,
        target_group_arn,
        target_ip,
        target_port,
        target_pod,
        rule,
        bucket,
        time,
        answer,
        CASE WHEN rule IS NOT NULL THEN elb_status_code END AS status,
        CASE WHEN rule IS NOT NULL
             THEN coalesce(error_reason, target_error_code, elb_error_code, classification_reason) END AS reason,
        CASE WHEN rule IS NOT NULL THEN coalesce(trace_id, conn_trace_id) END AS example,
        CASE WHEN rule IS NOT NULL THEN elapsed END AS elapsed,
        CASE WHEN rule IS NOT NULL THEN client_ip END AS client,
        CASE WHEN rule IS NOT NULL THEN split_part(request_url, '?', 1) END AS place
    FROM judged
),
counted AS (
    SELECT
        elb,
        target_group_arn,
        target_ip,
        target_port,
        target_pod,
        rule,
        status,
        reason,
        bucket,
        count(*) AS requests,
        min(time) AS first_time,
        max(time) AS last_time,
        min_by(example, time) AS example,
        approx_percentile(elapsed, ARRAY[0.1, 0.5, 0.9]) AS elapsed,
        count(answer) AS answers,
        sum(CAST(round(answer * 1e6) AS bigint)) / 1e6 AS answer_seconds,
        min(client) AS client_low,
        max(client) AS client_high,
        min(place) AS place_low,
        max(place) AS place_high
    FROM failures
    GROUP BY GROUPING SETS (
        (elb, target_group_arn, target_ip, target_port, target_pod, rule, status, reason, bucket),
        (elb, target_group_arn, rule, status, reason)
    )
)
SELECT
    elb,
    target_group_arn,
    target_ip,
    target_port,
    target_pod,
    rule,
    status,
    reason,
    bucket,
    requests,
    first_time,
    last_time,
    example,
    elapsed[1] AS elapsed_p10,
    elapsed[2] AS elapsed_p50,
    elapsed[3] AS elapsed_p90,
    answers,
    answer_seconds,
    client_low,
    client_high,
    place_low,
    place_high
FROM counted
WHERE bucket IS NOT NULL OR rule IS NOT NULL
