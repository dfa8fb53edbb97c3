#include "persistence/purchase_history.hpp"
#include "tests/persistence/journal_story.hpp"

#include <boost/test/unit_test.hpp>

using namespace frontrow;
using namespace frontrow::domain;
using persistence::purchase_history;
using test::at;
using test::journal_story;

namespace {

constexpr option_id option = 12;
constexpr user_id user = 42;

struct bought : journal_story {
  event_number hold(user_id by = user, option_id in = option) {
    return seats(in, seats_held{.at = at(10),
                                .command = {},
                                .body = 0,
                                .user = by,
                                .place = 5,
                                .seats = {3, 4},
                                .amount = 300,
                                .until = at(60'010)});
  }
  event_number start(event_number reservation) {
    return seats(option,
                 payment_started{
                     .at = at(20), .command = {}, .user = user, .reservation = reservation, .amount = 300});
  }
  void fail(event_number reservation, event_number payment) {
    seats(option,
          payment_failed{
              .at = at(30), .user = user, .reservation = reservation, .payment = payment, .balance = 299});
  }
  void sell(event_number reservation, event_number payment) {
    seats(option,
          seats_sold{
              .at = at(31), .user = user, .reservation = reservation, .payment = payment, .balance = 700});
  }
  void release(event_number reservation, release_reason reason) {
    seats(option, hold_released{.at = at(40), .user = user, .reservation = reservation, .reason = reason});
  }

  purchase_history history(std::size_t from = 0) const {
    purchase_history folded(user);
    for (std::size_t i = from; i < rows.size(); ++i)
      BOOST_TEST(folded.add(rows[i]));
    return folded;
  }
  reservation_status status_of(event_number reservation) const {
    return history().reservations().at({option, reservation}).view.status;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(purchases)

BOOST_AUTO_TEST_CASE(a_hold_has_its_seats_price_and_time) {
  bought story;
  const auto number = story.hold();
  const auto history = story.history();
  const auto& held = history.reservations().at({option, number});
  BOOST_TEST((held.held_at == at(10)));
  BOOST_TEST((held.view == reservation_view{.reservation = number,
                                            .user = user,
                                            .seats = {3, 4},
                                            .amount = 300,
                                            .status = reservation_status::held,
                                            .until = at(60'010)}));
  BOOST_TEST(history.payments().empty());
}

BOOST_AUTO_TEST_CASE(a_hold_ends_as_its_reason_says) {
  for (const auto& [reason, status] :
       {std::pair{release_reason::given_up, reservation_status::released},
        std::pair{release_reason::lapsed, reservation_status::expired},
        std::pair{release_reason::payment_refused, reservation_status::released}}) {
    bought story;
    const auto number = story.hold();
    story.release(number, reason);
    BOOST_TEST((story.status_of(number) == status));
  }
}

BOOST_AUTO_TEST_CASE(a_payment_is_pending_then_completed_then_cancelled) {
  bought story;
  const auto reservation = story.hold();
  const auto payment = story.start(reservation);
  const auto view = [&] { return story.history().payments().at({option, payment}).view; };
  BOOST_TEST((story.status_of(reservation) == reservation_status::paying));
  BOOST_TEST((view() == payment_view{.how = answer::found,
                                     .payment = payment,
                                     .reservation = reservation,
                                     .user = user,
                                     .amount = 300,
                                     .status = payment_status::pending,
                                     .balance = 0,
                                     .at = {}}));
  story.sell(reservation, payment);
  BOOST_TEST((story.status_of(reservation) == reservation_status::confirmed));
  BOOST_TEST((view().status == payment_status::completed));
  BOOST_TEST(view().balance == 700);
  BOOST_TEST((view().at == at(31)));
  const auto cancellation = story.seats(
      option, cancellation_started{
                  .at = at(50), .command = {}, .user = user, .reservation = reservation, .payment = payment});
  BOOST_TEST((view().status == payment_status::completed));
  story.seats(option, seats_returned{.at = at(60),
                                     .user = user,
                                     .reservation = reservation,
                                     .payment = payment,
                                     .cancellation = cancellation,
                                     .balance = 1'000});
  BOOST_TEST((story.status_of(reservation) == reservation_status::cancelled));
  BOOST_TEST((view().status == payment_status::cancelled));
  BOOST_TEST(view().balance == 1'000);
  BOOST_TEST((view().at == at(60)));
}

BOOST_AUTO_TEST_CASE(a_failed_payment_stays_in_the_history_beside_the_next) {
  bought story;
  const auto reservation = story.hold();
  const auto failed = story.start(reservation);
  story.fail(reservation, failed);
  BOOST_TEST((story.status_of(reservation) == reservation_status::held));
  const auto paid = story.start(reservation);
  story.sell(reservation, paid);
  const auto history = story.history();
  BOOST_TEST((history.payments().at({option, failed}).view.status == payment_status::failed));
  BOOST_TEST(history.payments().at({option, failed}).view.balance == 299);
  BOOST_TEST((history.payments().at({option, paid}).view.status == payment_status::completed));
}

BOOST_AUTO_TEST_CASE(others_are_left_out_and_options_kept_apart) {
  bought story;
  story.hold(7);
  const auto here = story.hold();
  story.hold(7, 13);
  const auto there = story.hold(user, 13);
  BOOST_TEST(here == there);
  const auto history = story.history();
  BOOST_TEST(history.reservations().size() == 2u);
  BOOST_TEST(history.reservations().contains({option, here}));
  BOOST_TEST(history.reservations().contains({13, there}));
}

BOOST_AUTO_TEST_CASE(a_history_may_begin_in_the_middle) {
  bought story;
  const auto reservation = story.hold();
  const auto payment = story.start(reservation);
  story.sell(reservation, payment);
  const auto from_payment = story.history(1);
  BOOST_TEST(from_payment.reservations().empty());
  BOOST_TEST((from_payment.payments().at({option, payment}).view.status == payment_status::completed));
  BOOST_TEST(from_payment.payments().at({option, payment}).view.amount == 300);
  const auto from_sale = story.history(2);
  BOOST_TEST(from_sale.reservations().empty());
  BOOST_TEST(from_sale.payments().empty());
}

BOOST_AUTO_TEST_CASE(an_unreadable_row_is_told) {
  bought story;
  story.hold();
  auto row = story.rows.front();
  row.row.data = "{}";
  BOOST_TEST(!purchase_history(user).add(row));
}

BOOST_AUTO_TEST_SUITE_END()
