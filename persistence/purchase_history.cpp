#include "persistence/purchase_history.hpp"

namespace frontrow::persistence {

using domain::payment_status;
using domain::reservation_status;

bool purchase_history::add(const stored_event& row) {
  const auto event = decode_event<domain::seat_map::event>(row.row.type, row.row.data);
  if (!event)
    return false;
  std::visit(
      [&](const auto& happened) {
        if constexpr (requires { happened.user; })
          if (happened.user == user_)
            apply({row.entity.id, row.version}, happened);
      },
      *event);
  return true;
}

void purchase_history::apply(purchase_id id, const domain::seats_held& event) {
  reservations_[id] = {.held_at = event.at,
                       .view = {.reservation = id.number,
                                .user = event.user,
                                .seats = event.seats,
                                .amount = event.amount,
                                .status = reservation_status::held,
                                .until = event.until}};
}

void purchase_history::apply(purchase_id id, const domain::hold_released& event) {
  const bool lapsed = event.reason == domain::release_reason::lapsed;
  set_status({id.option, event.reservation},
             lapsed ? reservation_status::expired : reservation_status::released);
}

void purchase_history::apply(purchase_id id, const domain::payment_started& event) {
  set_status({id.option, event.reservation}, reservation_status::paying);
  payments_[id] = {.started_at = event.at,
                   .view = {.how = domain::answer::found,
                            .payment = id.number,
                            .reservation = event.reservation,
                            .user = event.user,
                            .amount = event.amount,
                            .status = payment_status::pending,
                            .balance = 0,
                            .at = {}}};
}

void purchase_history::apply(purchase_id id, const domain::payment_failed& event) {
  set_status({id.option, event.reservation}, reservation_status::held);
  settle({id.option, event.payment}, payment_status::failed, event.balance, event.at);
}

void purchase_history::apply(purchase_id id, const domain::seats_sold& event) {
  set_status({id.option, event.reservation}, reservation_status::confirmed);
  settle({id.option, event.payment}, payment_status::completed, event.balance, event.at);
}

void purchase_history::apply(purchase_id id, const domain::seats_returned& event) {
  set_status({id.option, event.reservation}, reservation_status::cancelled);
  settle({id.option, event.payment}, payment_status::cancelled, event.balance, event.at);
}

void purchase_history::set_status(purchase_id id, reservation_status status) {
  if (const auto found = reservations_.find(id); found != reservations_.end())
    found->second.view.status = status;
}

void purchase_history::settle(purchase_id id, payment_status status, domain::money balance, instant at) {
  const auto found = payments_.find(id);
  if (found == payments_.end())
    return;
  auto& view = found->second.view;
  view.status = status;
  view.balance = balance;
  view.at = at;
}

} // namespace frontrow::persistence
