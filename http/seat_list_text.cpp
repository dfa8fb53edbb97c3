#include "http/seat_list_text.hpp"

#include "http/object_text.hpp"

#include <array>
#include <cassert>
#include <cstring>
#include <string_view>

namespace frontrow::http {

namespace {

// Each as long as the longest, with the quote that ends it.
constexpr std::array<std::string_view, 3> padded{"AVAILABLE\"", "HELD\"     ", "SOLD\"     "};
static_assert(padded[0].size() == padded[1].size() && padded[1].size() == padded[2].size());

void overwrite(char* at, domain::seat_status status) {
  const auto text = padded[static_cast<std::size_t>(status)];
  std::memcpy(at, text.data(), text.size());
}

} // namespace

seat_list_layout::seat_list_layout(const domain::option_terms& terms) {
  const auto count = seat_count(terms);
  begins_at_.reserve(static_cast<std::size_t>(count) + 1);
  status_at_.reserve(static_cast<std::size_t>(count));
  for (domain::seat_id seat = 1; seat <= count; ++seat) {
    const auto place = place_of(terms, seat);
    const auto& section = terms.sections[static_cast<std::size_t>(place.section)];
    begins_at_.push_back(all_available_.size());
    object_text fields;
    fields.add("seatId", seat)
        .add("seatNumber",
             section.name + "-" + std::to_string(place.row) + "-" + std::to_string(place.number))
        .add("section", section.name)
        .add("row", place.row)
        .add("tier", section.tier)
        .add("price", section.price)
        .add("status", "AVAILABLE");
    all_available_ += std::move(fields).text();
    status_at_.push_back(all_available_.size() - padded[0].size() - 1); // before the quote and the brace
    all_available_ += ',';
  }
  begins_at_.push_back(all_available_.size());
}

std::string seat_list_layout::text(domain::option_id option, const domain::seat_list& list,
                                   std::optional<domain::seat_status> only) const {
  assert(list.statuses.size() == seats());
  object_text head;
  head.add("optionId", option).add("version", list.version).add_json("seats", "[");
  auto text = std::move(head).text();
  text.pop_back(); // the brace; the list goes on
  const auto before = text.size();
  if (!only) {
    text.reserve(before + all_available_.size() + 2);
    text += all_available_;
    for (std::size_t seat = 0; seat < seats(); ++seat)
      if (list.statuses[seat] != domain::seat_status::available)
        overwrite(text.data() + before + status_at_[seat], list.statuses[seat]);
  } else {
    for (std::size_t seat = 0; seat < seats(); ++seat) {
      if (list.statuses[seat] != *only)
        continue;
      const auto at = text.size();
      text.append(all_available_, begins_at_[seat], begins_at_[seat + 1] - begins_at_[seat]);
      overwrite(text.data() + at + (status_at_[seat] - begins_at_[seat]), *only);
    }
  }
  if (text.size() > before)
    text.pop_back(); // the last comma
  return text += "]}";
}

} // namespace frontrow::http
