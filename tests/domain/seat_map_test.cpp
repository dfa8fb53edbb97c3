// Opening, holding, lapsing, forgetting. Paying and cancelling: seat_map_payment_test.cpp.
#include "tests/domain/seat_map_script.hpp"

using namespace frontrow::domain;
using namespace frontrow::test;

namespace {

hold_seats hold_of(user_id user, std::vector<seat_id> seats, command_id id = {}, std::uint64_t body = 1) {
  return {.command = id, .body = body, .user = user, .place = 50 + user, .seats = std::move(seats)};
}
hold_best best_of(user_id user, std::int32_t count, std::string tier = "", command_id id = {},
                  std::uint64_t body = 1) {
  return {
      .command = id, .body = body, .user = user, .place = 50 + user, .count = count, .tier = std::move(tier)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(seat_map_holds)

BOOST_AUTO_TEST_CASE(terms_have_limits) {
  struct row {
    const char* name;
    bool is_valid;
    void (*change)(option_terms&);
  };
  const row table[] = {
      {"as they are", true, [](option_terms&) {}},
      {"no concert", false, [](option_terms& terms) { terms.concert = 0; }},
      {"no section", false, [](option_terms& terms) { terms.sections.clear(); }},
      {"1,000 sections", true,
       [](option_terms& terms) {
         terms.sections.assign(1000, {"", "", 1, 1, 100});
       }},
      {"1,001 sections", false,
       [](option_terms& terms) {
         terms.sections.assign(1001, {"", "", 1, 1, 1});
       }},
      {"100,000 seats", true,
       [](option_terms& terms) {
         terms.sections = {{"", "", 1, 1, 100'000}};
       }},
      {"100,001 seats", false,
       [](option_terms& terms) {
         terms.sections = {{"", "", 1, 100'001, 1}};
       }},
      {"seats past 32 bits", false,
       [](option_terms& terms) {
         terms.sections = {{"", "", 1, 2'000'000'000, 2'000'000'000}};
       }},
      {"no row", false, [](option_terms& terms) { terms.sections[1].rows = 0; }},
      {"rows less than none", false, [](option_terms& terms) { terms.sections[1].rows = -1; }},
      {"no seat in a row", false, [](option_terms& terms) { terms.sections[0].seats_per_row = 0; }},
      {"free of charge", false, [](option_terms& terms) { terms.sections[0].price = 0; }},
      {"a price less than none", false, [](option_terms& terms) { terms.sections[0].price = -1; }},
      {"all of it past money", false, [](option_terms& terms) { terms.sections[0].price = INT64_MAX / 8; }},
      {"holds of no time", false, [](option_terms& terms) { terms.hold_seconds = 0; }},
      {"holds of a day", true, [](option_terms& terms) { terms.hold_seconds = 86'400; }},
      {"holds of more than a day", false, [](option_terms& terms) { terms.hold_seconds = 86'401; }},
      {"no seat for a user", false, [](option_terms& terms) { terms.max_seats_per_user = 0; }},
      {"1,001 seats for a user", false, [](option_terms& terms) { terms.max_seats_per_user = 1001; }},
      {"closed before it opens", false,
       [](option_terms& terms) {
         terms.sales_open = at(10);
         terms.sales_close = at(10);
       }},
      {"no such failure", false, [](option_terms& terms) { terms.on_payment_failure = payment_failure{9}; }},
  };
  for (const row& that : table)
    BOOST_TEST_CONTEXT(that.name) {
      auto terms = small_hall();
      that.change(terms);
      BOOST_TEST(valid(terms) == that.is_valid);
      seat_map_life life(nullptr);
      const auto opened = life.act(open_option{terms}, at(0));
      BOOST_TEST(opened.accepted() == that.is_valid);
      if (!that.is_valid)
        check_refused(opened, refusal::invalid_request);
    }
}

BOOST_AUTO_TEST_CASE(seats_are_numbered_by_section_row_and_number) {
  const auto terms = small_hall();
  BOOST_TEST(seat_count(terms) == 18);
  BOOST_TEST((place_of(terms, 1) == seat_place{.section = 0, .row = 1, .number = 1}));
  BOOST_TEST((place_of(terms, 8) == seat_place{.section = 0, .row = 2, .number = 4}));
  BOOST_TEST((place_of(terms, 9) == seat_place{.section = 1, .row = 1, .number = 1}));
  BOOST_TEST((place_of(terms, 18) == seat_place{.section = 1, .row = 2, .number = 5}));
}

BOOST_AUTO_TEST_CASE(an_option_opens_once_and_reports_itself_to_the_queue) {
  seat_map_life life(nullptr);
  const auto opened = life.act(open_option{small_hall()}, at(0));
  BOOST_TEST((opened.reply == availability{.total = 18, .available = 18, .sold = 0}));
  BOOST_TEST(life.story(0) == "option_opened");
  BOOST_TEST((life.last<option_opened>().terms == small_hall()));

  BOOST_REQUIRE_EQUAL(life.map.effects().size(), 1);
  const effect expected{.id = 1,
                        .to = {entity_kind::queue, the_concert},
                        .command = report_option{.option = the_option, .number = 1, .sold_out = false}};
  BOOST_TEST(same(life.map.effects().at(1), expected));

  BOOST_TEST(life.act(open_option{small_hall()}, at(1)).accepted(), "the same once more: done");
  BOOST_TEST(life.journal.size() == 1);
  auto other = small_hall();
  other.hold_seconds = 1;
  check_refused(life.act(open_option{other}, at(1)), refusal::already_opened);
}

BOOST_AUTO_TEST_CASE(nothing_is_known_of_an_option_that_was_not_opened) {
  seat_map_life life(nullptr);
  check_refused(life.act(hold_of(1, {1}), at(0)), refusal::option_not_found);
  check_refused(life.act(best_of(1, 1), at(0)), refusal::option_not_found);
  check_refused(life.act(read_seats{}, at(0)), refusal::option_not_found);
  check_refused(life.act(read_availability{}, at(0)), refusal::option_not_found);
  check_refused(life.act(release_hold{.user = 1, .reservation = 1}, at(0)), refusal::reservation_not_found);
  check_refused(life.act(pay{.command = {}, .user = 1, .reservation = 1}, at(0)),
                refusal::reservation_not_found);
  check_refused(life.act(cancel_payment{.command = {}, .user = 1, .payment = 1}, at(0)),
                refusal::payment_not_found);
  check_refused(life.act(read_payment{.user = 1, .payment = 1}, at(0)), refusal::payment_not_found);
  BOOST_TEST(life.act(tick{}, at(0)).events.empty());
}

BOOST_AUTO_TEST_CASE(a_hold_takes_all_its_seats_until_its_time) {
  seat_map_life life;
  const auto held = life.act(hold_of(1, {9, 1}, command(1)), at(0));
  BOOST_TEST((held.reply == reservation_view{.reservation = 2,
                                             .user = 1,
                                             .seats = {9, 1},
                                             .amount = 600,
                                             .status = reservation_status::held,
                                             .until = at(300)}));
  const auto& event = life.last<seats_held>();
  BOOST_TEST((event.at == at(0) && event.command == command(1) && event.body == 1 && event.user == 1));
  BOOST_TEST((event.place == 51 && event.seats == std::vector<seat_id>{9, 1} && event.amount == 600));
  BOOST_TEST((event.until == at(300)));
  BOOST_TEST((life.map.next_deadline() == at(300)));
  BOOST_TEST((life.statuses()[0] == seat_status::held && life.statuses()[8] == seat_status::held));
  BOOST_TEST((life.map.decide(read_availability{}, at(0)).reply == availability{18, 16, 0}));
  BOOST_TEST((life.act(read_reservation{.user = 1, .reservation = 2}, at(0)).reply == held.reply));
  check_refused(life.act(read_reservation{.user = 2, .reservation = 2}, at(0)),
                refusal::reservation_not_found);
}

BOOST_AUTO_TEST_CASE(a_hold_is_refused_for_one_reason_the_first_in_order) {
  auto terms = small_hall();
  terms.sales_open = at(10);
  terms.sales_close = at(20);
  terms.max_seats_per_user = 3;
  struct row {
    const char* name;
    hold_seats command;
    double when;
    refusal reason;
    std::vector<seat_id> seats;
  };
  const row table[] = {
      {"no seats", hold_of(2, {}), 15, refusal::invalid_request, {}},
      {"a seat twice", hold_of(2, {3, 4, 3}), 15, refusal::invalid_request, {}},
      {"too early", hold_of(2, {3}), 9.999, refusal::sales_closed, {}},
      {"too late", hold_of(2, {3}), 20, refusal::sales_closed, {}},
      {"closed, before the seats are looked at", hold_of(2, {99}), 20, refusal::sales_closed, {}},
      {"no such seats", hold_of(2, {19, 3, 0, -1}), 15, refusal::seat_not_found, {19, 0, -1}},
      {"no such seat, before the cap", hold_of(2, {3, 4, 5, 19}), 15, refusal::seat_not_found, {19}},
      {"too many", hold_of(2, {3, 4, 5, 6}), 15, refusal::too_many_seats, {}},
      {"too many with what is held, before the taken", hold_of(1, {1, 2}), 15, refusal::too_many_seats, {}},
      {"every taken seat is named", hold_of(2, {2, 3, 1}), 15, refusal::seat_taken, {2, 1}},
      {"its own seat too", hold_of(1, {1}), 15, refusal::seat_taken, {1}},
  };
  for (const row& that : table)
    BOOST_TEST_CONTEXT(that.name) {
      seat_map_life life(terms);
      life.hold(1, {1, 2}, at(12));
      check_refused(life.act(that.command, at(that.when)), that.reason, that.seats);
      BOOST_TEST(life.journal.size() == 2);
    }
  seat_map_life life(terms);
  life.hold(1, {1}, at(10));
  life.hold(1, {2}, at(19.999));
}

BOOST_AUTO_TEST_CASE(the_best_seats_are_held_as_if_they_had_been_named) {
  seat_map_life life;
  const auto held = life.act(best_of(1, 2, "R"), at(0));
  BOOST_TEST((held.reply == reservation_view{.reservation = 2,
                                             .user = 1,
                                             .seats = {9, 10}, // the middle would leave one alone
                                             .amount = 200,
                                             .status = reservation_status::held,
                                             .until = at(300)}));
  BOOST_TEST((life.last<seats_held>().seats == std::vector<seat_id>{9, 10}));
  BOOST_TEST((life.act(best_of(2, 2), at(0)).reply.seats == std::vector<seat_id>{1, 2}));
}

BOOST_AUTO_TEST_CASE(best_available_is_refused_for_one_reason_the_first_in_order) {
  auto terms = small_hall();
  terms.sales_close = at(20);
  terms.max_seats_per_user = 9;
  struct row {
    const char* name;
    hold_best command;
    double when;
    refusal reason;
  };
  const row table[] = {
      {"none", best_of(2, 0), 1, refusal::invalid_request},
      {"less than none", best_of(2, -1), 1, refusal::invalid_request},
      {"closed", best_of(2, 1, "no such"), 20, refusal::sales_closed},
      {"no such tier", best_of(2, 99, "vip"), 1, refusal::seat_not_found},
      {"too many", best_of(2, 10), 1, refusal::too_many_seats},
      {"too many with what is held", best_of(1, 8), 1, refusal::too_many_seats},
      {"as many as can be asked for", best_of(1, INT32_MAX), 1, refusal::too_many_seats},
      {"not so many in the tier", best_of(2, 7, "VIP"), 1, refusal::not_enough_seats},
  };
  for (const row& that : table)
    BOOST_TEST_CONTEXT(that.name) {
      seat_map_life life(terms);
      life.hold(1, {1, 2}, at(0));
      check_refused(life.act(that.command, at(that.when)), that.reason);
    }
}

BOOST_AUTO_TEST_CASE(a_repeated_hold_gets_the_first_answer_whatever_has_become_of_it) {
  seat_map_life life;
  const auto first = life.act(hold_of(1, {1, 2}, command(1)), at(0)).reply;
  const auto best = life.act(best_of(1, 1, "R", command(2), 5), at(0)).reply;
  const auto check = [&](double when) {
    const auto events = life.journal.size();
    BOOST_TEST((life.act(hold_of(1, {1, 2}, command(1)), at(when)).reply == first));
    BOOST_TEST((life.act(best_of(1, 1, "R", command(2), 5), at(when)).reply == best));
    check_refused(life.act(hold_of(1, {3}, command(1), 2), at(when)), refusal::idempotency_key_reused);
    check_refused(life.act(hold_of(1, {}, command(1), 2), at(when)), refusal::idempotency_key_reused);
    check_refused(life.act(best_of(1, 0, "R", command(2), 6), at(when)), refusal::idempotency_key_reused);
    check_refused(life.act(hold_of(2, {1, 2}, command(1)), at(when)), refusal::idempotency_key_reused);
    BOOST_TEST(life.journal.size() == events);
  };
  check(0);
  life.act(release_hold{.user = 1, .reservation = first.reservation}, at(1));
  check(2);
  life.wind(at(300));
  check(400);
}

BOOST_AUTO_TEST_CASE(a_refused_hold_leaves_no_memory_of_its_command) {
  seat_map_life life;
  const auto in_the_way = life.hold(1, {1}, at(0));
  check_refused(life.act(hold_of(2, {1}, command(9)), at(0)), refusal::seat_taken, {1});
  life.act(release_hold{.user = 1, .reservation = in_the_way}, at(1));
  BOOST_TEST(life.act(hold_of(2, {1}, command(9)), at(2)).accepted());
}

BOOST_AUTO_TEST_CASE(commands_without_an_id_are_never_taken_for_one_another) {
  seat_map_life life;
  BOOST_TEST(life.act(hold_of(1, {1}), at(0)).accepted());
  BOOST_TEST(life.act(hold_of(1, {2}), at(0)).accepted());
}

BOOST_AUTO_TEST_CASE(the_cap_counts_what_a_user_holds_pays_and_owns_and_nothing_else) {
  seat_map_life life;
  life.buy(1, {1}, at(0));
  life.start_paying(1, life.hold(1, {2}, at(0)), at(0));
  const auto held = life.hold(1, {3, 4}, at(0));
  check_refused(life.act(hold_of(1, {5}), at(1)), refusal::too_many_seats);
  check_refused(life.act(best_of(1, 1), at(1)), refusal::too_many_seats);
  BOOST_TEST(life.act(hold_of(2, {5, 6, 7, 8}), at(1)).accepted(), "another user has a cap of their own");
  life.act(release_hold{.user = 1, .reservation = held}, at(2));
  BOOST_TEST(life.act(hold_of(1, {9, 10}), at(3)).accepted());
  check_refused(life.act(hold_of(1, {11}), at(3)), refusal::too_many_seats);
}

BOOST_AUTO_TEST_CASE(a_hold_given_back_frees_its_seats) {
  seat_map_life life;
  const auto hold = life.hold(1, {1, 2}, at(0));
  check_refused(life.act(release_hold{.user = 2, .reservation = hold}, at(1)),
                refusal::reservation_not_found);
  check_refused(life.act(release_hold{.user = 1, .reservation = 99}, at(1)), refusal::reservation_not_found);
  BOOST_TEST(life.act(release_hold{.user = 1, .reservation = hold}, at(1)).accepted());
  const auto& event = life.last<hold_released>();
  BOOST_TEST((event.at == at(1) && event.user == 1 && event.reservation == hold));
  BOOST_TEST((event.reason == release_reason::given_up));
  BOOST_TEST((life.status_of(1, hold) == reservation_status::released));
  BOOST_TEST(!life.map.next_deadline());
  BOOST_TEST(life.act(release_hold{.user = 1, .reservation = hold}, at(2)).events.empty(), "done before");
  BOOST_TEST(life.act(hold_of(2, {1, 2}), at(2)).accepted());
}

BOOST_AUTO_TEST_CASE(a_lapsed_hold_frees_its_seats_at_its_time_and_never_before) {
  seat_map_life life;
  const auto hold = life.hold(1, {1, 2}, at(0));
  life.act(tick{}, at(299.999));
  BOOST_TEST((life.status_of(1, hold) == reservation_status::held));
  check_refused(life.act(hold_of(2, {1}), at(300)), refusal::seat_taken, {1}); // not before it was recorded
  life.act(tick{}, at(300));
  const auto& event = life.last<hold_released>();
  BOOST_TEST((event.at == at(300) && event.user == 1 && event.reservation == hold));
  BOOST_TEST((event.reason == release_reason::lapsed));
  BOOST_TEST((life.status_of(1, hold) == reservation_status::expired));
  BOOST_TEST(life.act(hold_of(2, {1, 2}), at(300)).accepted());
  BOOST_TEST(life.act(release_hold{.user = 1, .reservation = hold}, at(301)).events.empty(), "over before");
}

BOOST_AUTO_TEST_CASE(a_hold_given_back_after_its_time_has_lapsed) {
  seat_map_life life;
  const auto hold = life.hold(1, {1}, at(0));
  life.act(release_hold{.user = 1, .reservation = hold}, at(300));
  BOOST_TEST((life.status_of(1, hold) == reservation_status::expired));
}

BOOST_AUTO_TEST_CASE(holds_lapse_in_the_order_of_their_times_a_limited_number_at_once) {
  auto terms = small_hall();
  terms.sections = {{.name = "", .tier = "", .price = 1, .rows = 10, .seats_per_row = 100}};
  seat_map_life life(nullptr);
  const auto apply = [&](const auto& decided) { // without the checks of a thousand replays
    for (const auto& event : decided.events) {
      life.map.apply(event);
      life.journal.push_back(event);
    }
  };
  apply(life.map.decide(open_option{terms}, at(0)));
  for (seat_id seat = 1; seat <= 300; ++seat) // some with the clock a little back
    apply(life.map.decide(hold_of(seat, {seat}), at(seat % 7 == 0 ? seat - 3 : seat)));
  BOOST_TEST((life.map.next_deadline() == at(301)));
  const auto first = life.act(tick{}, at(1000));
  BOOST_TEST(first.events.size() == seat_map::lapses_per_tick_max);
  instant earlier{};
  for (const auto& event : first.events) {
    const auto& lapsed = std::get<hold_released>(event);
    const auto until = life.map.decide(read_reservation{lapsed.user, lapsed.reservation}, at(0)).reply.until;
    BOOST_TEST((earlier <= until));
    earlier = until;
  }
  BOOST_TEST((life.map.next_deadline() && *life.map.next_deadline() <= at(1000)), "the rest stays due");
  BOOST_TEST(life.act(tick{}, at(1000)).events.size() == 300 - seat_map::lapses_per_tick_max);
  BOOST_TEST(!life.map.next_deadline());
}

BOOST_AUTO_TEST_CASE(the_seat_list_is_spared_who_knows_it) {
  seat_map_life life;
  auto list = life.act(read_seats{}, at(0)).reply;
  BOOST_TEST(list.version == 1);
  BOOST_TEST(list.statuses.size() == 18);
  BOOST_TEST(
      (life.act(read_seats{.known_version = 1}, at(0)).reply == seat_list{.version = 1, .statuses = {}}));
  const auto hold = life.hold(1, {2}, at(0));
  list = life.act(read_seats{.known_version = 1}, at(0)).reply;
  BOOST_TEST(list.version == 2);
  BOOST_TEST((list.statuses[1] == seat_status::held && list.statuses[0] == seat_status::available));
  life.start_paying(1, hold, at(1));
  BOOST_TEST(life.act(read_seats{.known_version = 2}, at(1)).reply.version == 2, "paying changes no seat");
  life.debited(3, 0, at(1));
  list = life.act(read_seats{.known_version = 2}, at(1)).reply;
  BOOST_TEST(list.version == 4);
  BOOST_TEST((list.statuses[1] == seat_status::sold));
}

BOOST_AUTO_TEST_CASE(what_has_ended_is_forgotten_when_it_is_old_enough) {
  seat_map_life life;
  const auto hold = life.hold(1, {1}, at(0), command(1));
  const auto kept = life.buy(2, {2}, at(0), command(2));
  life.wind(at(300));
  const double day = 25 * 3600;
  life.hold(3, {3}, at(300 + day));
  BOOST_TEST(life.act(read_reservation{.user = 1, .reservation = hold}, at(300 + day)).accepted());
  life.hold(3, {4}, at(300.001 + day));
  check_refused(life.act(read_reservation{.user = 1, .reservation = hold}, at(301 + day)),
                refusal::reservation_not_found);
  const auto again = life.act(hold_of(1, {1}, command(1)), at(301 + day));
  BOOST_TEST((again.accepted() && again.reply.reservation != hold), "its command is new again");
  BOOST_TEST(life.act(read_payment{.user = 2, .payment = kept}, at(301 + day)).accepted(),
             "what is owned stays");
}

BOOST_AUTO_TEST_CASE(an_event_makes_a_limited_number_forgotten) {
  seat_map_life life;
  for (user_id user = 1; user <= 18; ++user)
    life.hold(user, {static_cast<seat_id>(user)}, at(0));
  life.wind(at(300));
  const double later = 26 * 3600;
  life.hold(50, {1}, at(later));
  BOOST_TEST(life.map.snapshot().reservations.size() == 19 - seat_map::forgotten_per_event_max);
}

BOOST_AUTO_TEST_SUITE_END()
