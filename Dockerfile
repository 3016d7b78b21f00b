# The runtime, from its source: TypeScript runs as it is. Built and started by docker-compose.yml.
FROM node:24.21.0-bookworm-slim AS base

FROM base AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM base
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json LICENSE ./
COPY src src
COPY examples examples
COPY docs docs
# A new volume takes over whose the folder is. The user cannot write to the program.
RUN chmod +x src/cli/main.ts && ln -s /app/src/cli/main.ts /usr/local/bin/homeostat && \
    install -d -o node -g node -m 0750 /var/lib/homeostat
ENV NODE_ENV=production \
    HOMEOSTAT_DATA_DIR=/var/lib/homeostat \
    HOMEOSTAT_HEALTH_PORT=8086
# node, by number: some platforms check that it is not root without looking into the image.
USER 1000:1000
VOLUME /var/lib/homeostat
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.HOMEOSTAT_HEALTH_PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["homeostat"]
CMD ["runtime"]
