#include "http/refusal_problem.hpp"

#include <array>
#include <cassert>

namespace frontrow::http {

namespace {

using domain::refusal;

// In the order of their numbers, from 1.
constexpr std::array table{
    refusal_kind{refusal::option_not_found, error_code::option_not_found, "There is no such option."},
    refusal_kind{refusal::seat_not_found, error_code::seat_not_found, "The option has no such seat."},
    refusal_kind{refusal::seat_taken, error_code::seat_taken,
                 "Someone else holds or owns the seats named in `seats`. Nothing was held."},
    refusal_kind{refusal::not_enough_seats, error_code::not_enough_seats,
                 "Fewer seats are available than were asked for."},
    refusal_kind{refusal::too_many_seats, error_code::too_many_seats,
                 "The seats that you hold or own in this option count too."},
    refusal_kind{refusal::sales_closed, error_code::sales_closed, "The option is not on sale now."},
    refusal_kind{refusal::reservation_not_found, error_code::reservation_not_found,
                 "You have no such reservation."},
    refusal_kind{refusal::hold_expired, error_code::hold_expired, "The seats are no longer held for you."},
    refusal_kind{refusal::already_paid, error_code::already_paid,
                 "A reservation that is paid or being paid cannot be given back; cancel its payment."},
    refusal_kind{refusal::payment_not_found, error_code::payment_not_found, "You have no such payment."},
    refusal_kind{refusal::payment_not_completed, error_code::payment_not_completed,
                 "Only a completed payment can be cancelled."},
    refusal_kind{refusal::insufficient_balance, error_code::insufficient_balance,
                 "Charge your balance and pay again while the hold lasts."},
    refusal_kind{refusal::amount_too_large, error_code::invalid_request,
                 "The amount is too large: all charges of a user together must fit into 64 bits."},
    refusal_kind{refusal::idempotency_key_reused, error_code::idempotency_key_reused,
                 "This Idempotency-Key came with another body before."},
    refusal_kind{refusal::concert_not_found, error_code::concert_not_found, "There is no such concert."},
    refusal_kind{refusal::queue_full, error_code::queue_full, "No more people can wait. Try again later."},
    refusal_kind{refusal::sold_out, error_code::sold_out, "Every seat of every date is sold."},
    refusal_kind{refusal::queue_token_invalid, error_code::queue_token_invalid,
                 "The queue token is not one of this concert and user."},
    refusal_kind{refusal::queue_token_not_active, error_code::queue_token_not_active,
                 "It is not your turn yet, or your shopping time is over."},
    refusal_kind{refusal::invalid_request, error_code::invalid_request,
                 "The rules do not allow this request."},
    refusal_kind{refusal::already_opened, error_code::invalid_request, "This is open already."},
};

constexpr bool in_order() {
  for (std::size_t at = 0; at < table.size(); ++at)
    if (static_cast<std::size_t>(table[at].reason) != at + 1)
      return false;
  return true;
}
static_assert(in_order(), "one row for every refusal, in their order");

} // namespace

const refusal_kind& kind_of(refusal reason) {
  const auto at = static_cast<std::size_t>(reason) - 1;
  assert(at < table.size());
  return table[at];
}

std::span<const refusal_kind> refusal_kinds() {
  return table;
}

response refusal_response(const request& asked, const domain::refused& why) {
  const auto& kind = kind_of(why.reason);
  auto extra = nlohmann::json::object();
  if (!why.seats.empty())
    extra["seats"] = why.seats;
  return asked.problem(kind.code, kind.detail, extra);
}

response unavailable_response(const request& asked) {
  return asked.problem(error_code::unavailable, "Ask again, with the same Idempotency-Key if you sent one.");
}

} // namespace frontrow::http
