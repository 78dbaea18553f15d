// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the rpcgate authors

// Replays seeds and regressions through a fuzz target as an ordinary test: each file, and each of
// its beginnings up to 600 bytes. Every input is copied into memory of just its size, so that a
// sanitizer sees a read past the end. Arguments: files and folders; a folder may be missing.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "fuzz.hpp"

namespace {

namespace fs = std::filesystem;
constexpr std::size_t longest_beginning = 600;

void run(const std::vector<char>& content, std::size_t size) {
  const auto exact = std::make_unique<std::uint8_t[]>(size);
  std::copy_n(content.begin(), size, exact.get());
  LLVMFuzzerTestOneInput(exact.get(), size);
}

bool replay(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  const std::vector<char> content{std::istreambuf_iterator<char>{file}, {}};
  if (!file.good() && !file.eof()) {
    std::fprintf(stderr, "%s: cannot be read\n", path.c_str());
    return false;
  }
  for (std::size_t size = 0; size < std::min(content.size(), longest_beginning); ++size)
    run(content, size);
  run(content, content.size());
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<fs::path> files;
  for (int i = 1; i < argc; ++i) {
    const fs::path path{argv[i]};
    if (fs::is_directory(path))
      for (const auto& entry : fs::directory_iterator{path}) files.push_back(entry.path());
    else if (fs::exists(path))
      files.push_back(path);
  }
  std::sort(files.begin(), files.end());
  bool good = !files.empty();
  if (files.empty()) std::fprintf(stderr, "no input to replay\n");
  for (const fs::path& file : files) good = replay(file) && good;
  std::printf("%zu inputs replayed\n", files.size());
  return good ? 0 : 1;
}
