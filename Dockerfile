# syntax=docker/dockerfile:1.19
# One image for every process; the command says which: node processors/encode/src/main.ts

FROM node:24.21.0-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY contracts/package.json contracts/
COPY infra/package.json infra/
COPY processors/ingest/package.json processors/ingest/
COPY processors/probe/package.json processors/probe/
COPY processors/encode/package.json processors/encode/
COPY processors/package/package.json processors/package/
COPY processors/notify/package.json processors/notify/
COPY processors/sweep/package.json processors/sweep/
COPY gateway/api/package.json gateway/api/
COPY gateway/cli/package.json gateway/cli/
COPY tests/package.json tests/
# The packager's binaries for other systems are half of what npm installs.
RUN npm ci --omit=dev --ignore-scripts \
    --workspace=contracts --workspace=infra --workspace=processors/ingest --workspace=processors/probe \
    --workspace=processors/encode --workspace=processors/package --workspace=processors/notify --workspace=processors/sweep \
    --workspace=gateway/api \
  && rm -f node_modules/shaka-packager/bin/packager-osx-* node_modules/shaka-packager/bin/packager-win-* \
  && npm cache clean --force

FROM node:24.21.0-bookworm-slim AS runtime
# Not pinned: the distribution drops a version as soon as it has fixed it, and these are the parts that meet hostile files.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install --yes --no-install-recommends bubblewrap ca-certificates ffmpeg tini \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=dependencies /app ./
RUN ln -s "/app/node_modules/shaka-packager/bin/packager-linux-$(node -p process.arch)" /usr/local/bin/packager \
  && packager --version \
  && install -d -o node -g node /work
COPY schemas schemas
COPY contracts contracts
COPY infra infra
COPY processors processors
COPY gateway/api gateway/api
ENV NODE_ENV=production WORK_DIR=/work HEALTH_HOST=0.0.0.0 GATEWAY_HOST=0.0.0.0
# By number: Kubernetes can prove that it is not root only then.
USER 1000:1000
EXPOSE 3000 8080
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["node", "gateway/api/src/main.ts"]
