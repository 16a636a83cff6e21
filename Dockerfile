# One image for all services. docker run -p 8080:8080 quotewire runs all in one process;
# SERVICE=timer and so on runs one of them, on the port that docs/reference/http.md says.

# n.b. what the image has comes through this stage: the user node couldn't read a checkout under umask 077
FROM node:24-slim AS checkout
WORKDIR /app
COPY package.json package-lock.json .npmrc node.env sources.json ./
COPY packages packages
COPY services services
COPY scripts/health scripts/warm-compile-cache.js scripts/
RUN chmod -R a+rX .

# n.b. a layer is built again when what is copied into it differs: dependencies only when a manifest does
FROM checkout AS manifests
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete

FROM node:24-slim AS dependencies
WORKDIR /app
COPY --from=manifests /app ./
RUN npm ci --omit=dev --workspace services/standalone && npm cache clean --force

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 SERVICE=standalone
COPY --from=dependencies /app ./
COPY --from=checkout /app ./
ENV NODE_COMPILE_CACHE=/app/.compile-cache
RUN mkdir .compile-cache && chown node .compile-cache
# n.b. Node keeps a cache for each user
USER node
RUN node scripts/warm-compile-cache.js
CMD ["sh", "-c", "exec node --env-file=node.env services/$SERVICE/src/main.ts"]
