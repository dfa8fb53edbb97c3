#include "config/logging.hpp"

#include "config/log_line.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <string_view>

namespace frontrow::config {

namespace {

using spdlog::memory_buf_t;
using spdlog::details::log_msg;

void put(memory_buf_t& into, std::string_view text) {
  into.append(text.data(), text.data() + text.size());
}

/// 2026-12-24T11:00:00.000Z of the message's own time.
void put_time(memory_buf_t& into, const log_msg& message) {
  using namespace std::chrono;
  struct written_second {
    sys_seconds at = sys_seconds::min();
    char text[64];
    std::size_t length = 0;
  };
  thread_local written_second last; // whoever logs much does so many times a second
  const auto at = floor<milliseconds>(message.time);
  if (const auto second = floor<seconds>(at); second != last.at) {
    const auto midnight = floor<days>(second);
    const year_month_day day{midnight};
    const hh_mm_ss<seconds> time{second - midnight};
    const auto part = [](auto span) { return static_cast<int>(span.count()); };
    const auto length = std::snprintf(last.text, sizeof last.text, "%04d-%02u-%02uT%02d:%02d:%02d.",
                                      int{day.year()}, unsigned{day.month()}, unsigned{day.day()},
                                      part(time.hours()), part(time.minutes()), part(time.seconds()));
    last.length = static_cast<std::size_t>(length);
    last.at = second;
  }
  put(into, {last.text, last.length});
  const auto millis = static_cast<int>((at - last.at).count());
  for (const auto digit : {millis / 100, millis / 10 % 10, millis % 10})
    into.push_back(static_cast<char>('0' + digit));
  into.push_back('Z');
}

/// Bytes of the well-formed UTF-8 sequence at the front; 0 when there is none.
std::size_t sequence_length(std::string_view text) {
  auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  auto first = byte(0);
  std::size_t length = first < 0x80                    ? 1
                       : first >= 0xc2 && first < 0xe0 ? 2
                       : (first & 0xf0) == 0xe0        ? 3
                       : first >= 0xf0 && first < 0xf5 ? 4
                                                       : 0;
  if (length == 0 || text.size() < length)
    return 0;
  for (std::size_t at = 1; at < length; ++at)
    if ((byte(at) & 0xc0) != 0x80)
      return 0;
  auto surrogate_or_overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f) ||
                               (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f);
  return surrogate_or_overlong ? 0 : length;
}

/// A JSON string, whatever the bytes: what is not UTF-8 becomes '?'.
void put_json(memory_buf_t& into, std::string_view text) {
  into.push_back('"');
  while (!text.empty()) {
    auto length = sequence_length(text);
    auto c = text.front();
    if (length == 0) {
      into.push_back('?');
      length = 1;
    } else if (c == '"' || c == '\\') {
      into.push_back('\\');
      into.push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      put(into, {escape, static_cast<std::size_t>(
                             std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c)))});
    } else {
      put(into, text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  into.push_back('"');
}

/// Takes the next value off a log_line; false at its end.
struct log_value {
  std::string_view name;
  std::string_view value;
  enum { as_text, as_number } kind = as_text;
};
bool next_value(std::string_view& rest, log_value& into) {
  if (rest.empty())
    return false;
  rest.remove_prefix(1);
  auto end = std::min(rest.find(log_line::before_name), rest.size());
  auto part = rest.substr(0, end);
  rest.remove_prefix(end);
  auto middle = static_cast<std::size_t>(
      std::find_if(part.begin(), part.end(),
                   [](char c) { return c == log_line::before_text || c == log_line::before_number; }) -
      part.begin());
  into.name = part.substr(0, middle);
  into.value = part.substr(std::min(middle + 1, part.size()));
  into.kind = middle < part.size() && part[middle] == log_line::before_number ? log_value::as_number
                                                                              : log_value::as_text;
  return true;
}

class json_formatter final : public spdlog::formatter {
public:
  std::unique_ptr<formatter> clone() const override { return std::make_unique<json_formatter>(); }
  void format(const log_msg& message, memory_buf_t& into) override {
    std::string_view payload{message.payload.data(), message.payload.size()};
    auto end = std::min(payload.find(log_line::before_name), payload.size());
    begin(message, payload.substr(0, end), into);
    auto rest = payload.substr(end);
    for (log_value each; next_value(rest, each);)
      add(each, into);
    put(into, "}\n");
  }

private:
  static void begin(const log_msg& message, std::string_view words, memory_buf_t& into) {
    put(into, R"({"ts":")");
    put_time(into, message);
    put(into, R"(","level":")");
    auto level = spdlog::level::to_string_view(message.level);
    put(into, {level.data(), level.size()});
    put(into, R"(","logger":)");
    put_json(into, {message.logger_name.data(), message.logger_name.size()});
    put(into, R"(,"msg":)");
    put_json(into, words);
  }
  static void add(const log_value& value, memory_buf_t& into) {
    into.push_back(',');
    put_json(into, value.name);
    into.push_back(':');
    if (value.kind == log_value::as_number)
      put(into, value.value);
    else
      put_json(into, value.value);
  }
};

/// A log_line as it stands, its separators shown: ` name=value`. No other control may remain, for one line is
/// one entry.
class text_formatter final : public spdlog::formatter {
public:
  std::unique_ptr<formatter> clone() const override { return std::make_unique<text_formatter>(); }
  void format(const log_msg& message, memory_buf_t& into) override {
    put_time(into, message);
    into.push_back(' ');
    auto level = spdlog::level::to_string_view(message.level);
    put(into, {level.data(), level.size()});
    into.push_back(' ');
    put(into, {message.logger_name.data(), message.logger_name.size()});
    put(into, ": ");
    const auto from = into.size();
    put(into, {message.payload.data(), message.payload.size()});
    const auto end = into.data() + into.size();
    for (auto* each = into.data() + from; each != end; ++each)
      if (is_control(*each))
        *each = *each == log_line::before_text || *each == log_line::before_number ? '=' : ' ';
    into.push_back('\n');
  }
};

} // namespace

logging::logging(const log_settings& settings) : level_(spdlog::level::from_str(settings.level)) {
  spdlog::sink_ptr to;
  if (settings.file.empty())
    to = std::make_shared<spdlog::sinks::stderr_sink_st>();
  else
    to = std::make_shared<spdlog::sinks::basic_file_sink_st>(settings.file);
  std::unique_ptr<spdlog::formatter> formatter;
  if (settings.format == "json")
    formatter = std::make_unique<json_formatter>();
  else
    formatter = std::make_unique<text_formatter>();
  sink_ = std::make_shared<gathering_sink>(std::move(to), std::move(formatter));
}

std::shared_ptr<spdlog::logger> logging::logger(const std::string& part) {
  auto made = std::make_shared<spdlog::logger>(part, sink_);
  made->set_level(level_);
  return made;
}

std::size_t logging::dropped() const {
  return sink_->dropped();
}

} // namespace frontrow::config
