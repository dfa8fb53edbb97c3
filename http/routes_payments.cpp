#include "http/ask.hpp"
#include "http/command_identity.hpp"
#include "http/opaque_ids.hpp"
#include "http/paging.hpp"
#include "http/purchase_lists.hpp"
#include "http/purchase_lookup.hpp"
#include "http/refusal_problem.hpp"
#include "http/routes.hpp"
#include "http/views_json.hpp"

namespace frontrow::http {

namespace {

using domain::refusal;

/// Ids are at most 28 characters; anything longer names nothing.
constexpr std::size_t id_length_max = 128;

awaitable<response> make_payment(front& in, request_context& asked) {
  auto body = asked.json();
  const auto named = body.require_string("reservationId", id_length_max);
  if (const auto wrong = body.finish())
    co_return asked.invalid(*wrong);
  const auto id = parse_reservation(named);
  if (!id || !in.catalog.now()->option(id->option))
    co_return refusal_response(asked, {refusal::reservation_not_found, {}});
  const domain::pay command{identity_of(in, asked, "pay:" + named), asked.caller, id->number};
  const auto told = co_await ask<domain::seat_map>(in.node, id->option, command, asked.trace_id);
  if (auto failed = failure_of(asked, told))
    co_return std::move(*failed);
  const auto& payment = std::get<domain::payment_view>(told);
  const auto made = payment.how == domain::answer::made;
  auto answer = json_text(made ? 201 : 200, payment_json(id->option, payment));
  answer.with("Location", "/api/v1/payments/" + payment_text({id->option, payment.payment}));
  co_return answer;
}

awaitable<response> cancel_payment(front& in, request_context& asked) {
  auto body = asked.json();
  if (const auto wrong = body.finish())
    co_return asked.invalid(*wrong);
  const auto named = std::string{asked.text("paymentId")};
  const auto id = parse_payment(named);
  if (!id || !in.catalog.now()->option(id->option))
    co_return refusal_response(asked, {refusal::payment_not_found, {}});
  const domain::cancel_payment command{identity_of(in, asked, "cancel:" + named), asked.caller, id->number};
  const auto told = co_await ask<domain::seat_map>(in.node, id->option, command, asked.trace_id);
  if (auto failed = failure_of(asked, told))
    co_return std::move(*failed);
  co_return json_text(200, payment_json(id->option, std::get<domain::payment_view>(told)));
}

awaitable<response> read_payment(front& in, request_context& asked) {
  auto query = asked.query();
  if (const auto wrong = query.finish())
    co_return asked.invalid(*wrong);
  auto found = co_await payment_of(in, asked, parse_payment(asked.text("paymentId")));
  if (found.problem)
    co_return std::move(*found.problem);
  co_return json_text(200, payment_json(found.id.option, found.view));
}

awaitable<response> list_payments(front& in, request_context& asked) {
  auto query = asked.query();
  const auto wanted = page_of(query, in, asked.caller);
  const auto only = query.optional_choice("status", payment_statuses());
  if (const auto wrong = query.finish())
    co_return asked.invalid(*wrong);
  using found_page = purchase_page<kept_payment>;
  const auto look_up = [wanted, only](persistence::journal_view& journal) {
    return payments_page(journal, wanted, only);
  };
  const auto page = co_await read_journal<found_page>(in.node.reader(), look_up);
  if (!page)
    co_return unavailable_response(asked);
  const auto items =
      list_text(page->items, [](const auto& each) { return payment_json(each.option, each.view); });
  const auto next = page->next ? std::optional{cursor_text(*page->next)} : std::nullopt;
  co_return json_text(200, page_text("payments", items, next));
}

} // namespace

void add_payment_routes(public_router& routes, front& in) {
  routes.add(method::post, "/api/v1/payments", "createPayment", access::login, answered_by(in, make_payment));
  routes.add(method::get, "/api/v1/payments", "listPayments", access::login, answered_by(in, list_payments));
  routes.add(method::get, "/api/v1/payments/{paymentId}", "getPayment", access::login,
             answered_by(in, read_payment));
  routes.add(method::post, "/api/v1/payments/{paymentId}/cancel", "cancelPayment", access::login,
             answered_by(in, cancel_payment));
}

} // namespace frontrow::http
