#pragma once

#include "persistence/described.hpp"
#include "persistence/described_json.hpp"
#include "tests/domain/random_source.hpp"

namespace frontrow::test {

/// Any value that the type can have: numbers from end to end, texts of all that UTF-8 has but NUL.
template <class T>
void fill(random_source& random, T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    value = random.one_in(2);
  } else if constexpr (std::is_integral_v<T>) {
    // all bits, few bits, the ends
    constexpr T ends[] = {std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), 0, 1};
    value = random.one_in(8)   ? ends[random.between(0, 3)]
            : random.one_in(2) ? static_cast<T>(random.bits())
                               : static_cast<T>(random.between(0, 1000));
  } else if constexpr (std::is_same_v<T, domain::instant>) {
    std::int64_t count = 0;
    fill(random, count);
    value = domain::instant(domain::milliseconds(count));
  } else if constexpr (std::is_same_v<T, std::string>) {
    constexpr std::string_view pieces[] = {"a",    "Z",    "\"", "\\",   "/", "\n",
                                           "\x01", "\x7f", "é",  "좌석", "🎫", " "};
    value.clear();
    for (auto left = random.between(0, 12); left > 0; --left)
      value += pieces[random.between(0, std::ssize(pieces) - 1)];
  } else if constexpr (std::is_same_v<T, domain::command_id>) {
    value = random.one_in(3) ? domain::command_id{} : domain::command_id{random.bits(), random.bits()};
  } else if constexpr (std::is_same_v<T, domain::place_secret>) {
    for (auto& byte : value)
      byte = static_cast<std::uint8_t>(random.bits());
  } else if constexpr (persistence::described_enum<T>) {
    do
      value = static_cast<T>(random.between(0, 40));
    while (!persistence::is_listed(value));
  } else if constexpr (persistence::detail::is_vector<T>) {
    value.resize(static_cast<std::size_t>(random.between(0, 6)));
    for (auto& element : value)
      fill(random, element);
  } else {
    persistence::for_each_field(value, [&](const char*, auto& field) { fill(random, field); });
  }
}

} // namespace frontrow::test
