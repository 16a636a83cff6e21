# One image for each service: docker build --build-arg SERVICE=timer .
FROM node:24-slim
WORKDIR /app
ARG SERVICE
ENV NODE_ENV=production HOST=0.0.0.0
COPY package.json package-lock.json .npmrc node.env sources.json ./
COPY packages packages
COPY services/$SERVICE services/$SERVICE
RUN npm ci --omit=dev --workspace services/$SERVICE \
  && npm cache clean --force \
  && ln -s services/$SERVICE/src/main.ts main.ts
USER node
CMD ["node", "--env-file=node.env", "main.ts"]
