#include "http/views_json.hpp"

#include "http/object_text.hpp"
#include "http/opaque_ids.hpp"
#include "persistence/event_codec.hpp"

namespace frontrow::http {

std::string_view name_of(domain::place_status status) {
  using enum domain::place_status;
  switch (status) {
  case waiting:
    return "WAITING";
  case active:
    return "ACTIVE";
  case completed:
    return "COMPLETED";
  case expired:
    return "EXPIRED";
  case sold_out:
    return "SOLD_OUT";
  }
  return "UNKNOWN";
}

std::string_view name_of(domain::reservation_status status) {
  using enum domain::reservation_status;
  switch (status) {
  case held:
    return "HELD";
  case paying:
    return "PAYING";
  case confirmed:
    return "CONFIRMED";
  case expired:
    return "EXPIRED";
  case released:
    return "RELEASED";
  case cancelled:
    return "CANCELLED";
  }
  return "UNKNOWN";
}

std::string_view name_of(domain::payment_status status) {
  for (const auto& [name, value] : payment_statuses())
    if (value == status)
      return name;
  return "UNKNOWN";
}

std::string_view name_of(domain::seat_status status) {
  for (const auto& [name, value] : seat_statuses())
    if (value == status)
      return name;
  return "UNKNOWN";
}

const named_values<domain::payment_status>& payment_statuses() {
  using enum domain::payment_status;
  static const named_values<domain::payment_status> table{
      {"PENDING", pending}, {"COMPLETED", completed}, {"FAILED", failed}, {"CANCELLED", cancelled}};
  return table;
}

const named_values<domain::seat_status>& seat_statuses() {
  using enum domain::seat_status;
  static const named_values<domain::seat_status> table{
      {"AVAILABLE", available}, {"HELD", held}, {"SOLD", sold}};
  return table;
}

std::string place_json(domain::concert_id concert, const domain::place_view& place) {
  const auto waits = place.status == domain::place_status::waiting;
  object_text body;
  body.add("queueToken", text_of(queue_token{concert, place.place, place.secret}))
      .add("concertId", concert)
      .add("userId", place.user)
      .add("status", name_of(place.status))
      .add("position", place.position)
      .add("ahead", waits && place.position > 0 ? place.position - 1 : 0)
      .add("etaSeconds", place.eta_seconds)
      .add("pollAfterMs", place.poll_after_ms);
  if (place.status == domain::place_status::active)
    body.add("validUntil", place.valid_until);
  else
    body.add_null("validUntil");
  return std::move(body).text();
}

std::string reservation_json(domain::option_id option, const domain::reservation_view& reservation) {
  object_text body;
  body.add("reservationId", reservation_text({option, reservation.reservation}))
      .add("optionId", option)
      .add("userId", reservation.user)
      .add_numbers("seats", reservation.seats)
      .add("amount", reservation.amount)
      .add("status", name_of(reservation.status))
      .add("expiresAt", reservation.until);
  return std::move(body).text();
}

std::string payment_json(domain::option_id option, const domain::payment_view& payment) {
  using enum domain::payment_status;
  object_text body;
  body.add("paymentId", payment_text({option, payment.payment}))
      .add("reservationId", reservation_text({option, payment.reservation}))
      .add("userId", payment.user)
      .add("amount", payment.amount)
      .add("status", name_of(payment.status));
  if (payment.status == pending)
    body.add_null("balance");
  else
    body.add("balance", payment.balance);
  if (payment.status == completed)
    body.add("paidAt", payment.at);
  else
    body.add_null("paidAt");
  if (payment.status == cancelled)
    body.add("cancelledAt", payment.at);
  return std::move(body).text();
}

std::string charge_json(domain::user_id user, const domain::charge_made& charge) {
  object_text body;
  body.add("chargeId", charge_text({user, charge.charge}))
      .add("userId", user)
      .add("amount", charge.amount)
      .add("balance", charge.balance);
  return std::move(body).text();
}

std::string balance_json(domain::user_id user, domain::money balance) {
  object_text body;
  body.add("userId", user).add("balance", balance);
  return std::move(body).text();
}

std::optional<std::string> entry_json(domain::user_id user, const persistence::stored_event& row) {
  const auto event = persistence::decode_event<domain::account::event>(row.row.type, row.row.data);
  if (!event)
    return std::nullopt;
  const auto entry = [&](const char* type, const auto& moved) {
    object_text body;
    body.add("entryId", entry_text({user, row.version}))
        .add("type", type)
        .add("amount", moved.amount)
        .add("balance", moved.balance)
        .add("at", moved.at);
    if constexpr (requires { moved.payment; })
      body.add("paymentId", payment_text({moved.payment.option, moved.payment.number}));
    else
      body.add_null("paymentId");
    return std::move(body).text();
  };
  if (const auto* in = std::get_if<domain::charged>(&*event))
    return entry("CHARGE", *in);
  if (const auto* out = std::get_if<domain::debited>(&*event))
    return entry("DEBIT", *out);
  if (const auto* back = std::get_if<domain::refunded>(&*event))
    return entry("REFUND", *back);
  return std::nullopt;
}

std::string date_json(const actors::option_on_sale& option, std::optional<std::int32_t> available) {
  object_text body;
  body.add("optionId", option.option)
      .add("title", option.title)
      .add("startsAt", option.starts_at)
      .add("date", format_date(option.starts_at))
      .add("durationMinutes", option.duration_minutes)
      .add("seatsTotal", option.seats);
  if (available)
    body.add("seatsAvailable", *available);
  else
    body.add_null("seatsAvailable");
  body.add("minPrice", option.min_price).add("maxPrice", option.max_price);
  return std::move(body).text();
}

std::string queue_json(domain::concert_id concert, const domain::queue_view& queue) {
  const auto& policy = queue.policy;
  object_text body;
  body.add("concertId", concert)
      .add("ratePerSecond", policy.rate_per_second)
      .add("burst", policy.burst)
      .add("maxActive", policy.max_active)
      .add("capacity", policy.capacity)
      .add("activeSeconds", policy.active_seconds)
      .add("abandonSeconds", policy.abandon_seconds)
      .add("guardSeatMap", policy.guard_seat_map)
      .add("paused", policy.paused)
      .add("waiting", queue.waiting)
      .add("active", queue.active)
      .add("admittedTotal", queue.admitted_total)
      .add("soldOut", queue.sold_out);
  return std::move(body).text();
}

} // namespace frontrow::http
