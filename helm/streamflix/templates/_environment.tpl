{{/* Helm reads numbers as floats: 21474836480 must not reach a process as 2.147483648e+10. */}}
{{- define "streamflix.text" -}}
{{- if and (kindIs "float64" .) (eq (floor .) .) -}}{{ int64 . }}{{- else -}}{{ . }}{{- end -}}
{{- end }}

{{- define "streamflix.config" -}}
{{- $config := mustMergeOverwrite (deepCopy .Values.config) (dict "GATEWAY_URL" (include "streamflix.gatewayUrl" .)) -}}
{{- range $name, $value := $config }}
{{- $text := include "streamflix.text" $value }}
{{- if $text }}
{{ $name }}: {{ $text | quote }}
{{- end }}
{{- end }}
STORAGE_DRIVER: s3
MEDIA_SANDBOX: {{ .Values.security.mediaSandbox }}
WORK_DIR: /work
HEALTH_HOST: 0.0.0.0
HEALTH_PORT: "8080"
GATEWAY_HOST: 0.0.0.0
GATEWAY_PORT: "3000"
{{- end }}

{{- define "streamflix.environmentSources" -}}
- configMapRef: { name: {{ .configMap }} }
- secretRef: { name: {{ .secret }} }
{{- end }}
