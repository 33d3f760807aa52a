{{- define "streamflix.name" -}}
{{- if contains .Chart.Name .Release.Name -}}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{- else -}}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{- end -}}
{{- end }}

{{- define "streamflix.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "streamflix.labels" -}}
{{ include "streamflix.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "streamflix.image" -}}
{{- if .Values.image.digest -}}{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{- end -}}
{{- end }}

{{- define "streamflix.secretName" -}}
{{ .Values.existingSecret | default (include "streamflix.name" .) }}
{{- end }}

{{- define "streamflix.serviceAccountName" -}}
{{ .Values.serviceAccount.name | default (ternary (include "streamflix.name" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- define "streamflix.gatewayUrl" -}}
{{- with .Values.config.GATEWAY_URL -}}{{ . }}
{{- else -}}
{{- if .Values.ingress.enabled -}}
{{ ternary "https" "http" (ne .Values.ingress.tlsSecret "") }}://{{ .Values.ingress.host }}{{ .Values.ingress.path | trimSuffix "/" }}
{{- else -}}http://{{ include "streamflix.name" . }}-gateway.{{ .Release.Namespace }}:{{ .Values.service.port }}{{- end -}}
{{- end -}}
{{- end }}
