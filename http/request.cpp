#include "http/request.hpp"

#include "http/router.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace frontrow::http {

namespace {

constexpr std::size_t trace_id_length_max = 64;
constexpr std::size_t idempotency_key_length_max = 64;

std::size_t parameter_place(const request& asked, std::string_view name) {
  if (asked.matched != nullptr)
    for (std::size_t at = 0; at < asked.parameters.count; ++at)
      if (asked.matched->parameter_names[at] == name)
        return at;
  std::fprintf(stderr, "frontrow: the route has no parameter named %.*s\n", static_cast<int>(name.size()),
               name.data());
  std::abort();
}

} // namespace

std::int64_t request::id(std::string_view name) const {
  return parameters.numbers[parameter_place(*this, name)];
}

std::string_view request::text(std::string_view name) const {
  return parameters.texts[parameter_place(*this, name)];
}

bool is_trace_id(std::string_view text) {
  return !text.empty() && text.size() <= trace_id_length_max &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
         });
}

std::string new_trace_id() {
  // Unlike a queue token this need not be hard to guess, only different from all others.
  thread_local std::mt19937_64 random{[] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device()};
    return std::mt19937_64{seed};
  }()};
  static constexpr char digits[] = "0123456789abcdef";
  std::string id(32, '0');
  for (std::size_t half = 0; half < 2; ++half) {
    auto bits = random();
    for (std::size_t at = 0; at < 16; ++at, bits >>= 4)
      id[half * 16 + at] = digits[bits & 15];
  }
  return id;
}

bool is_idempotency_key(std::string_view text) {
  return !text.empty() && text.size() <= idempotency_key_length_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

} // namespace frontrow::http
