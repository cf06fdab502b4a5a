# syntax=docker/dockerfile:1
# The supervisor's image: production dependencies only, no shell script in the way, no root.
#
# For a reproducible build pin the base by its digest:
#   docker build --build-arg NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:<digest> .
# (docker buildx imagetools inspect node:24.21.0-bookworm-slim prints it.)
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The image's Node is the pinned one, and its PostgreSQL is DATABASE_URL's: no install script has to run, and none does.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --omit=optional --ignore-scripts
# Key stores that need a package of their own: koffi for an HSM (docs/runbooks/hsm.md). Versions as in package.json.
#   docker build --build-arg EXTRA_PACKAGES=koffi@3.3.4 .
ARG EXTRA_PACKAGES=
RUN --mount=type=cache,target=/root/.npm if [ -n "$EXTRA_PACKAGES" ]; then \
  npm install --prefix /extra --ignore-scripts $EXTRA_PACKAGES && cp -rn /extra/node_modules/. node_modules/; fi
# Of the policy engine only the build that Node loads: the ones for browsers and bundlers are 9 MB more.
RUN rm -r node_modules/@cedar-policy/cedar-wasm/esm node_modules/@cedar-policy/cedar-wasm/web
# Of the parser for MySQL only the build that is loaded: browsers' builds, other dialects and source maps are 87 MB more.
RUN cd node_modules/node-sql-parser && rm -r umd lib ast index.js index.js.map && find build -type f ! -name mysql.js -delete
RUN npm sbom --package-lock-only --omit=dev --sbom-format=cyclonedx > sbom.cdx.json

FROM ${NODE_IMAGE}
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data KEYS_DIR=/keys
WORKDIR /app
# The base image's own user `node` has this id; the number is what Kubernetes' runAsNonRoot can check.
RUN mkdir /data && chown 1000:1000 /data && mkdir --mode=700 /keys && chown 1000:1000 /keys
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=dependencies /app/sbom.cdx.json ./sbom.cdx.json
COPY package.json app.yml LICENSE ./
COPY migrations ./migrations
COPY policies ./policies
COPY src ./src
USER 1000:1000
VOLUME /data /keys
EXPOSE 3000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node is process 1 here and handles SIGTERM itself: it drains, then ends.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "src/main.ts"]
CMD ["serve"]
