#include "http/time_text.hpp"

#include <algorithm>
#include <array>

namespace frontrow::http {

namespace {

using namespace std::chrono;

constexpr auto earliest = domain::instant{sys_days{year{0} / January / 1}};
constexpr auto latest = domain::instant{sys_days{year{9999} / December / 31}} + hours{24} - milliseconds{1};

void put_digits(char* at, unsigned value, int digits) {
  for (int place = digits - 1; place >= 0; --place, value /= 10)
    at[place] = static_cast<char>('0' + value % 10);
}

struct civil {
  year_month_day day;
  hh_mm_ss<milliseconds> time;
  weekday of_week;
};

civil civil_of(domain::instant at) {
  at = std::clamp(at, earliest, latest);
  auto midnight = floor<days>(at);
  return {year_month_day{midnight}, hh_mm_ss<milliseconds>{at - midnight}, weekday{midnight}};
}

/// Takes fixed-width fields off the front of a text; anything unexpected fails it for good.
class scanner {
public:
  explicit scanner(std::string_view text) : rest_(text) {}

  int digits(int count) {
    int value = 0;
    for (int taken = 0; taken < count; ++taken) {
      if (!at_digit()) {
        good_ = false;
        return 0;
      }
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }
  bool at_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
  bool skip(char wanted) {
    if (rest_.empty() || rest_.front() != wanted)
      return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char wanted) { good_ = skip(wanted) && good_; }
  void fail() { good_ = false; }
  bool good() const { return good_; }
  bool at_end() const { return rest_.empty(); }

private:
  std::string_view rest_;
  bool good_ = true;
};

year_month_day scan_date(scanner& from) {
  auto of_year = from.digits(4);
  from.expect('-');
  auto of_month = from.digits(2);
  from.expect('-');
  auto of_day = from.digits(2);
  year_month_day date{year{of_year}, month{static_cast<unsigned>(of_month)},
                      day{static_cast<unsigned>(of_day)}};
  if (!date.ok())
    from.fail();
  return date;
}

milliseconds scan_time(scanner& from) {
  auto of_hour = from.digits(2);
  from.expect(':');
  auto of_minute = from.digits(2);
  from.expect(':');
  auto of_second = from.digits(2);
  if (of_hour > 23 || of_minute > 59 || of_second > 59)
    from.fail();
  int fraction = 0;
  if (from.skip('.')) {
    int scale = 100;
    int count = 0;
    do {
      fraction += from.digits(1) * scale;
      scale /= 10;
      if (++count > 9)
        from.fail();
    } while (from.good() && from.at_digit());
  }
  return hours{of_hour} + minutes{of_minute} + seconds{of_second} + milliseconds{fraction};
}

minutes scan_offset(scanner& from) {
  if (from.skip('Z') || from.skip('z'))
    return minutes{0};
  int sign = from.skip('-') ? -1 : 1;
  if (sign > 0)
    from.expect('+');
  auto of_hour = from.digits(2);
  from.expect(':');
  auto of_minute = from.digits(2);
  if (of_hour > 23 || of_minute > 59)
    from.fail();
  return sign * (hours{of_hour} + minutes{of_minute});
}

} // namespace

std::string format_time(domain::instant at) {
  auto [day, time, of_week] = civil_of(at);
  std::string text = "0000-00-00T00:00:00.000Z";
  put_digits(&text[0], static_cast<unsigned>(int{day.year()}), 4);
  put_digits(&text[5], unsigned{day.month()}, 2);
  put_digits(&text[8], unsigned{day.day()}, 2);
  put_digits(&text[11], static_cast<unsigned>(time.hours().count()), 2);
  put_digits(&text[14], static_cast<unsigned>(time.minutes().count()), 2);
  put_digits(&text[17], static_cast<unsigned>(time.seconds().count()), 2);
  put_digits(&text[20], static_cast<unsigned>(time.subseconds().count()), 3);
  return text;
}

std::optional<domain::instant> parse_time(std::string_view text) {
  scanner from{text};
  auto date = scan_date(from);
  if (!from.skip('T') && !from.skip('t'))
    return std::nullopt;
  auto time = scan_time(from);
  auto offset = scan_offset(from);
  if (!from.good() || !from.at_end())
    return std::nullopt;
  return domain::instant{sys_days{date}} + time - offset;
}

std::string format_date(domain::instant at) {
  return format_time(at).substr(0, 10);
}

std::optional<year_month_day> parse_date(std::string_view text) {
  scanner from{text};
  auto date = scan_date(from);
  if (!from.good() || !from.at_end())
    return std::nullopt;
  return date;
}

std::string format_http_date(domain::instant at) {
  static constexpr std::array<const char*, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto [day, time, of_week] = civil_of(at);
  auto plain = format_time(at);
  std::string text = weekdays[of_week.c_encoding()];
  text.append(", ").append(plain, 8, 2).append(" ").append(months[unsigned{day.month()} - 1]);
  text.append(" ").append(plain, 0, 4).append(" ").append(plain, 11, 8).append(" GMT");
  return text;
}

} // namespace frontrow::http
