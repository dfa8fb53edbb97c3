insert into journal_twin values (1, :client_id, :nth, 7, 1, 1766232000000, '0123456789abcdef0123456789abcdef', 'seats_held', '{"at":1766232000000,"command":"0123456789abcdef0123456789abcdef","body":"0123456789abcdef","user":42,"place":17,"seats":[17],"amount":1000,"until":1766235600000}', :client_id);
\set nth :nth + 1
