#include "http/object_text.hpp"
#include "http/purchase_lookup.hpp"
#include "http/refusal_problem.hpp"
#include "http/routes.hpp"
#include "http/time_text.hpp"

namespace frontrow::http {

namespace {

/// Named as in the seat list: section, row, number.
std::vector<std::string> seat_numbers(const domain::option_terms& terms, const std::vector<domain::seat_id>& seats) {
  std::vector<std::string> names;
  for (const auto seat : seats) {
    const auto place = place_of(terms, seat);
    names.push_back(terms.sections[static_cast<std::size_t>(place.section)].name + "-" + std::to_string(place.row) +
                    "-" + std::to_string(place.number));
  }
  return names;
}

awaitable<response> read_ticket(front& in, request_context& asked) {
  auto query = asked.query();
  if (const auto wrong = query.finish())
    co_return asked.invalid(*wrong);
  auto paid = co_await payment_of(in, asked, parse_payment(asked.text("paymentId")));
  if (paid.problem)
    co_return std::move(*paid.problem);
  if (paid.view.status != domain::payment_status::completed)
    co_return asked.problem(error_code::payment_not_completed, "Only a completed payment has a ticket.");
  auto bought = co_await reservation_of(in, asked, purchase_id{paid.id.option, paid.view.reservation});
  if (bought.problem)
    co_return std::move(*bought.problem);
  const auto& option = *paid.option;
  const ticket_facts facts{payment_text(paid.id),
                           option.concert,
                           option.option,
                           asked.caller,
                           seat_numbers(option.terms, bought.view.seats),
                           format_time(option.starts_at)};
  object_text body;
  body.add("paymentId", facts.payment)
      .add("concertId", facts.concert)
      .add("optionId", facts.option)
      .add("userId", facts.user)
      .add_json("seatNumbers", list_text(facts.seats, quoted))
      .add("startsAt", facts.starts_at)
      .add("amount", paid.view.amount)
      .add("ticket", in.tickets.sign(facts));
  co_return json_text(200, std::move(body).text());
}

awaitable<response> read_ticket_key(front& in, request_context& asked) {
  auto query = asked.query();
  if (const auto wrong = query.finish())
    co_return asked.invalid(*wrong);
  object_text body;
  body.add("algorithm", "Ed25519").add("publicKey", in.tickets.public_key());
  co_return json_text(200, std::move(body).text()).with("Cache-Control", "public, max-age=300");
}

} // namespace

void add_ticket_routes(public_router& routes, front& in) {
  routes.add(method::get, "/api/v1/payments/{paymentId}/ticket", "getTicket", access::login,
             answered_by(in, read_ticket));
  routes.add(method::get, "/api/v1/ticket-key", "getTicketKey", access::open, answered_by(in, read_ticket_key));
}

} // namespace frontrow::http
