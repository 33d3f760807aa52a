{{/* What every pod of the chart has in common, setup included. */}}
{{- define "streamflix.podSecurity" -}}
automountServiceAccountToken: false
# A service named "gateway" or "redis" would otherwise put GATEWAY_PORT=tcp://... into every pod.
enableServiceLinks: false
{{- if .Values.security.userNamespace }}
hostUsers: false
{{- end }}
securityContext:
  runAsNonRoot: true
  {{- with .Values.security.runAsUser }}
  runAsUser: {{ int64 . }}
  runAsGroup: {{ int64 . }}
  fsGroup: {{ int64 . }}
  fsGroupChangePolicy: OnRootMismatch
  {{- end }}
  seccompProfile: {{ toJson .Values.security.seccompProfile }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
{{- end }}

{{- define "streamflix.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- if and .Values.security.userNamespace (eq .Values.security.mediaSandbox "bubblewrap") }}
# bubblewrap mounts a /proc of its own, which the kernel refuses under a masked one.
procMount: Unmasked
{{- end }}
{{- end }}

{{- define "streamflix.scratchVolumes" -}}
- name: tmp
  emptyDir: { sizeLimit: 1Gi }
- name: work
  {{- if .storageClassName }}
  ephemeral:
    volumeClaimTemplate:
      spec:
        accessModes: [ReadWriteOnce]
        storageClassName: {{ .storageClassName }}
        resources: { requests: { storage: {{ .size }} } }
  {{- else }}
  emptyDir: { sizeLimit: {{ .size }} }
  {{- end }}
{{- end }}
