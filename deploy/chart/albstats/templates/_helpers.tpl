{{/* What objects are called: the release, and what it is of unless the release says so. */}}
{{- define "albstats.fullname" -}}
{{- $name := ternary .Release.Name (printf "%s-albstats" .Release.Name) (contains "albstats" .Release.Name) -}}
{{- $name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{/* Labels by which a part's pods are found. (list ROOT PART) */}}
{{- define "albstats.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: albstats
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* Labels of everything. (list ROOT PART) */}}
{{- define "albstats.labels" -}}
{{- $root := index . 0 -}}
{{ include "albstats.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end }}

{{/* The name of a part's service account. (list ROOT PART) */}}
{{- define "albstats.account" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
{{- $account := (index $root.Values $part).serviceAccount -}}
{{- if $account.create -}}
{{ $account.name | default (printf "%s-%s" (include "albstats.fullname" $root) $part) }}
{{- else -}}
{{ required (printf "%s.serviceAccount.name: which one, if none is to be created?" $part) $account.name }}
{{- end -}}
{{- end }}

{{/* The Secret with the file of tokens. */}}
{{- define "albstats.tokens" -}}
{{ .Values.serve.tokens.secret | default (printf "%s-tokens" (include "albstats.fullname" .)) }}
{{- end }}

{{/* What a part's pods begin with: metadata, and who they are. (list ROOT PART) */}}
{{- define "albstats.pod" -}}
{{- $root := index . 0 -}}
{{- $part := index . 1 -}}
{{- $values := index $root.Values $part -}}
metadata:
  labels:
    {{- include "albstats.selector" . | nindent 4 }}
    {{- with $values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    {{- /* Whoever reads another configuration is another pod. */}}
    albstats.io/config-sha256: {{ $root.Values.config | sha256sum }}
    {{- with $values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "albstats.account" . }}
  automountServiceAccountToken: {{ dig "kubernetes" "live" false $values }}
  enableServiceLinks: false
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile:
      type: RuntimeDefault
  {{- with $root.Values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  {{- with $values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{/* What each container has, but for its arguments, ports and volumes. (list ROOT PART) */}}
{{- define "albstats.container" -}}
{{- $root := index . 0 -}}
{{- $values := index $root.Values (index . 1) -}}
{{- $image := $root.Values.image -}}
{{- $repository := required "image.repository: where is the image? deploy/image/build makes one" $image.repository -}}
{{- $tag := printf ":%s" ($image.tag | default $root.Chart.AppVersion) -}}
image: {{ printf "%s%s" $repository (ternary (printf "@%s" $image.digest) $tag (ne $image.digest "")) | quote }}
imagePullPolicy: {{ $image.pullPolicy }}
env:
  # Histories, alerts and the inventory are kept below it.
  - name: HOME
    value: /var/lib/albstats
  {{- with $root.Values.region }}
  - name: AWS_REGION
    value: {{ . }}
  {{- end }}
  {{- with $values.threads }}
  - name: ALBSTATS_THREADS
    value: {{ . | quote }}
  {{- end }}
  {{- with $values.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
resources:
  {{- toYaml $values.resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{/* Flags of a list in values: (list "--from" VALUES). */}}
{{- define "albstats.flags" -}}
{{- $flag := index . 0 -}}
{{- range index . 1 }}
- {{ printf "%s=%s" $flag . | quote }}
{{- end }}
{{- end }}

{{/* The cluster that this is, of a part's `kubernetes`. */}}
{{- define "albstats.kubernetesFlag" -}}
{{- if .live }}
- --kubernetes={{ with .cluster }}{{ . }}={{ end }}live
{{- end }}
{{- end }}

{{/* Where the configuration lies, if there is one. */}}
{{- define "albstats.configFlag" -}}
{{- if .Values.config }}
- --config=/etc/albstats/config/albstats.toml
{{- end }}
{{- end }}

{{- define "albstats.configMount" -}}
{{- if .Values.config }}
- name: config
  mountPath: /etc/albstats/config
  readOnly: true
{{- end }}
{{- end }}

{{- define "albstats.configVolume" -}}
{{- if .Values.config }}
- name: config
  configMap:
    name: {{ include "albstats.fullname" . }}-config
{{- end }}
{{- end }}

{{/* The volume of what is kept. (list ROOT PART) */}}
{{- define "albstats.dataVolume" -}}
{{- $persistence := (index (index . 0).Values (index . 1)).persistence -}}
- name: data
  {{- if $persistence.enabled }}
  persistentVolumeClaim:
    claimName: {{ include "albstats.fullname" (index . 0) }}-{{ index . 1 }}
  {{- else }}
  emptyDir:
    sizeLimit: {{ $persistence.size }}
  {{- end }}
{{- end }}

{{/* What every part may reach. */}}
{{- define "albstats.egress" -}}
# Names.
- ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
# AWS, and the Kubernetes API where it is not on 443.
- ports:
    - {port: 443, protocol: TCP}
    - {port: 6443, protocol: TCP}
# Credentials of EKS's Pod Identity.
- to:
    - ipBlock: {cidr: 169.254.170.23/32}
  ports:
    - {port: 80, protocol: TCP}
- to:
    - ipBlock: {cidr: "fd00:ec2::23/128"}
  ports:
    - {port: 80, protocol: TCP}
{{- with .Values.networkPolicy.extraEgress }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Who may ask. */}}
{{- define "albstats.ingress" -}}
- ports:
    - port: {{ index . 1 }}
      protocol: TCP
  {{- with (index . 0).Values.networkPolicy.from }}
  from:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
