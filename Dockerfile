# The image of one function, from this repository alone: docker build --build-arg FUNCTION=alpha .
# npm run images builds all of them by packages/runtime/Dockerfile, from bundles that are there already. What the two
# have in common is tested to be the same.

FROM docker.io/library/node:24.21.0-bookworm-slim AS build
RUN apt-get update && apt-get install --yes --no-install-recommends binutils && rm -rf /var/lib/apt/lists/*
# All that is in the image but the function: Node without its symbols, where the distroless images have it, the
# libraries that it names, and a user. No shell, no package manager, no npm. For image scanners, Debian's release and the
# status of the packages that the libraries are from, where the distroless images have them.
RUN mkdir -p /image/nodejs/bin /image/etc /image/app \
    && mkdir -m 1777 /image/tmp \
    && strip -o /image/nodejs/bin/node /usr/local/bin/node \
    && ldd /usr/local/bin/node | grep -o '/[^ ]*' >/libraries \
    && xargs cp --parents --dereference --target-directory /image </libraries \
    && mkdir -p /image/var/lib/dpkg/status.d \
    && for library in $(cat /libraries); do \
         package=$(dpkg-query --search "*/${library##*/}" | sed -n '1s/:.*//p') && [ -n "$package" ] \
         && dpkg-query --status "$package" >"/image/var/lib/dpkg/status.d/$package" || exit 1; \
       done \
    && cp --dereference /etc/os-release /etc/debian_version /image/etc/ \
    && echo 'nonroot:x:65532:65532::/app:/sbin/nologin' > /image/etc/passwd \
    && echo 'nonroot:x:65532:' > /image/etc/group \
    && echo 'hosts: files dns' > /image/etc/nsswitch.conf
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
COPY packages/runtime/package.json packages/runtime/
COPY packages/traced/package.json packages/traced/
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# All functions, so that the images share this too; without what only a build from a bundle needs.
RUN node scripts/bundle.ts && rm -r dist/*/.warm-up dist/*/Dockerfile dist/*/.dockerignore

FROM scratch
COPY --from=build /image /
WORKDIR /app
ENV NODE_ENV=production PATH=/nodejs/bin
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/nodejs/bin/node", "healthcheck.cjs"]
# node-options.ts of the runtime says what for.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=2", "--v8-pool-size=1", "main.cjs"]
# From here on the images of different functions differ.
ARG FUNCTION
ENV FUNCTION_TARGET=$FUNCTION OTEL_TRACES_EXPORTER=jaeger OTEL_EXPORTER_JAEGER_ENDPOINT=http://jaeger-collector.observability.svc.cluster.local:14268/api/traces
COPY --from=build /build/dist/$FUNCTION ./
# The faults that are on unless FAULTS is set at run time: the exercise's for v1, none for v2.
ARG FAULTS
ENV FAULTS=$FAULTS
