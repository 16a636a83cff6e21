# One image for all services. docker run -p 8080:8080 quotewire runs all in one process;
# SERVICE=timer and so on runs one of them, on the port that docs/reference/http.md says.

# n.b. a layer is built again when what is copied into it differs: dependencies only when a manifest does
FROM node:24-slim AS manifests
COPY packages /app/packages
COPY services /app/services
RUN find /app -type f ! -name package.json -delete

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY --from=manifests /app ./
RUN npm ci --omit=dev --workspace services/standalone && npm cache clean --force

FROM node:24-slim
WORKDIR /app
ENV NODE_ENV=production HOST=0.0.0.0 SERVICE=standalone
COPY --from=dependencies /app ./
COPY packages packages
COPY services services
COPY scripts/health scripts/warm-compile-cache.js scripts/
COPY node.env sources.json ./
ENV NODE_COMPILE_CACHE=/app/.compile-cache
RUN mkdir .compile-cache && chown node .compile-cache
# n.b. Node keeps a cache for each user
USER node
RUN node scripts/warm-compile-cache.js
CMD ["sh", "-c", "exec node --env-file=node.env services/$SERVICE/src/main.ts"]
