//! AWS's documentation, by what is looked up in it.

pub(super) const CENTER_504_ERROR_ALB: &str = "https://repost.aws/knowledge-center/504-error-alb";
pub(super) const CENTER_ALB_TROUBLESHOOT_503_ERRORS: &str =
    "https://repost.aws/knowledge-center/alb-troubleshoot-503-errors";
pub(super) const CENTER_ELB_ALB_TROUBLESHOOT_502_ERRORS: &str =
    "https://repost.aws/knowledge-center/elb-alb-troubleshoot-502-errors";
pub(super) const FIELDS_ACCESS_LOG_ENTRY_SYNTAX: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#access-log-entry-syntax";
pub(super) const FIELDS_CLASSIFICATION_REASONS: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#classification-reasons";
pub(super) const FIELDS_ERROR_REASON_CODES: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#error-reason-codes";
pub(super) const GUIDE_APPLICATION_LOAD_BALANCERS_DESYNC_MITIGATION_MODE: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#desync-mitigation-mode";
pub(super) const GUIDE_EDIT_LOAD_BALANCER_ATTRIBUTES_CONNECTION_IDLE_TIMEOUT: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#connection-idle-timeout";
pub(super) const GUIDE_LAMBDA_FUNCTIONS: &str =
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html";
pub(super) const GUIDE_LISTENER_AUTHENTICATE_USERS: &str =
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html";
pub(super) const GUIDE_LISTENER_VERIFY_JWT: &str =
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-verify-jwt.html";
pub(super) const GUIDE_RULE_ACTION_TYPES: &str =
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-action-types.html";
pub(super) const GUIDE_RULE_TRANSFORMS: &str =
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-transforms.html";
pub(super) const GUIDE_TARGET_GROUP_HEALTH_CHECKS: &str =
    "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html";
pub(super) const GUIDE_WAF_CAPTCHA: &str =
    "https://docs.aws.amazon.com/waf/latest/developerguide/waf-captcha-and-challenge-how-it-works.html";
pub(super) const TROUBLE_HTTP_400: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-400-issues";
pub(super) const TROUBLE_HTTP_401: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-401-issues";
pub(super) const TROUBLE_HTTP_403: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-403-issues";
pub(super) const TROUBLE_HTTP_405: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-405-issues";
pub(super) const TROUBLE_HTTP_408: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-408-issues";
pub(super) const TROUBLE_HTTP_413: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-413-issues";
pub(super) const TROUBLE_HTTP_414: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-414-issues";
pub(super) const TROUBLE_HTTP_460: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-460-issues";
pub(super) const TROUBLE_HTTP_463: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-463-issues";
pub(super) const TROUBLE_HTTP_464: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-464-issues";
pub(super) const TROUBLE_HTTP_500: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-500-issues";
pub(super) const TROUBLE_HTTP_501: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-501-issues";
pub(super) const TROUBLE_HTTP_502: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-502-issues";
pub(super) const TROUBLE_HTTP_503: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-503-issues";
pub(super) const TROUBLE_HTTP_504: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-504-issues";
pub(super) const TROUBLE_HTTP_505: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-505-issues";
pub(super) const TROUBLE_HTTP_561: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-561-issues";
pub(super) const TROUBLE_LOAD_BALANCER_HTTP_ERROR_CODES: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#load-balancer-http-error-codes";
pub(super) const TROUBLE_RESPONSE_CODE_000: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#response-code-000";
pub(super) const TROUBLE_TARGET_HTTP_ERRORS: &str = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#target-http-errors";
