# One image for web, workers, scheduler and migrations; which of them it is decides the command (docker-compose.yml).

FROM node:22-bookworm-slim AS front
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --quiet --require-hashes --no-deps --only-binary :all: -r requirements.txt
COPY . .
COPY --from=front /app/node_modules node_modules
ENV DATA_DIR=/tmp/build STATIC_ROOT=/app/static-root
RUN python tools/vendor.py && /venv/bin/python tools/translations.py compile \
    && /venv/bin/python manage.py collectstatic --noinput --skip-checks \
    && rm -rf node_modules tests

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home steelyard && install -d -o steelyard -g steelyard /data
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER steelyard
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DATA_DIR=/data STATIC_ROOT=/app/static-root HOST=0.0.0.0 PORT=8000
EXPOSE 8000
CMD ["gunicorn", "-c", "config/gunicorn.py", "config.wsgi"]
