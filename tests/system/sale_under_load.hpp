#pragma once

#include "box_office.hpp"
#include "crowd.hpp"
#include "journal_events.hpp"

namespace frontrow::test {

/// A concert of its own and 200 people who buy there, about seven requests each.
struct sale_under_load {
  static constexpr std::size_t buyers = 200;
  static constexpr int seats = 600;

  sale_under_load(box_office& office, seeded_chance& chance)
      : concert(office.open_concert({{"ratePerSecond", 150}, {"burst", 20}, {"maxActive", 1'000}, {"abandonSeconds", 0}})),
        option(office.open_option(concert, {{"seatCount", seats}})),
        people({office.house().http_port(), concert, option, seats}, buyers, chance) {}

  /// Everything that the people were told is so, and the journal keeps its promises.
  void check(box_office& office) {
    people.check_everyone();
    constexpr std::size_t shown_max = 20;
    for (std::size_t at = 0; at < std::min(people.complaints().size(), shown_max); ++at)
      BOOST_ERROR(people.complaints()[at]);
    BOOST_TEST(people.complaints().size() == 0u);
    auto now = office.seats(option);
    BOOST_TEST(now["SOLD"] == people.seats_sold());
    BOOST_TEST(now["HELD"] == people.seats_held());
    auto record = examine_queue(journal_of(office.house(), "queue", concert));
    for (const auto& complaint : record.complaints)
      BOOST_ERROR(complaint);
    BOOST_TEST(record.users_in_order.size() == buyers);
    auto complaint = office.house().audit_complaint();
    BOOST_TEST(!complaint.has_value(), "audit: " << complaint.value_or(""));
  }

  std::int64_t concert;
  std::int64_t option;
  crowd people;
};

} // namespace frontrow::test
