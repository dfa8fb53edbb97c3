update account set balance = balance + 1000 where user_id = 1;
