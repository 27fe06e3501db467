# SPDX-License-Identifier: GPL-2.0-or-later
# ruff: noqa: E501
"""A small ledger per rule that triggers it: `arledger rules RULE` shows it.

Made of ledgers/findings/ by tests/cli/test_rules.py, which also tells when the two differ.
"""

EXAMPLES: dict[str, str] = {
    "advance-exceeded": """\
; More of an advance is applied than is held.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Liabilities:Advances:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Advance" ^ADV-1
  Assets:Bank                             500.00 EUR
  Liabilities:Advances:Acme              -500.00 EUR

2024-04-01 * "Acme" "Invoice" ^INV-1
  due: 2024-05-01
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-04-05 * "Acme" "Advance applied"
  Liabilities:Advances:Acme               600.00 EUR
    advance: "ADV-1"
  Assets:Receivable:Acme                 -600.00 EUR
    invoice: "INV-1"
""",
    "advance-other-contract": """\
; An advance on one contract is applied to an invoice of another.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Liabilities:Advances:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Advance" ^ADV-1
  contract: "C-1"
  Assets:Bank                             500.00 EUR
  Liabilities:Advances:Acme              -500.00 EUR

2024-04-01 * "Acme" "Invoice" ^INV-1
  due: 2024-05-01
  contract: "C-2"
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-04-05 * "Acme" "Advance applied"
  Liabilities:Advances:Acme               500.00 EUR
    advance: "ADV-1"
  Assets:Receivable:Acme                 -500.00 EUR
    invoice: "INV-1"
""",
    "agreed-difference": """\
; An agreed difference is not settled yet.

2024-01-01 open Assets:Receivable:Acme  EUR
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-31 custom "statement" "Acme" 1000.00 EUR
  agreed: TRUE
  theirs: 0.00 EUR
  difference-1: "in-transit INV-1 -1000.00 EUR"
""",
    "agreement-broken": """\
; An invoice dated before the agreement was added after it.

2024-01-01 open Assets:Receivable:Acme  EUR
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-31 custom "statement" "Acme" 1000.00 EUR
  agreed: TRUE

2024-03-20 * "Acme" "Invoice" ^INV-2
  due: 2024-04-19
  Assets:Receivable:Acme                  250.00 EUR
  Income:Sales                           -250.00 EUR
""",
    "allowance-differs": """\
; The booked allowance is not 3.6 % of what is 45 days overdue.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Allowance
2024-01-01 open Expenses:CreditLoss
2024-01-01 open Income:Sales

2024-01-01 custom "loss-rate" Assets:Receivable "not-due" 0.003
2024-01-01 custom "loss-rate" Assets:Receivable "1-30"    0.016
2024-01-01 custom "loss-rate" Assets:Receivable "31-60"   0.036
2024-01-01 custom "loss-rate" Assets:Receivable "61-90"   0.066
2024-01-01 custom "loss-rate" Assets:Receivable "91+"     0.106

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-05-15 * "Allowance" #allowance
  Expenses:CreditLoss                      30.00 EUR
  Assets:Allowance                        -30.00 EUR
""",
    "allowance-untagged": """\
; A posting on the allowance account does not say what it is.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Allowance
2024-01-01 open Expenses:CreditLoss
2024-01-01 open Income:Sales

2024-01-01 custom "loss-rate" Assets:Receivable "not-due" 0.003
2024-01-01 custom "loss-rate" Assets:Receivable "1-30"    0.016
2024-01-01 custom "loss-rate" Assets:Receivable "31-60"   0.036
2024-01-01 custom "loss-rate" Assets:Receivable "61-90"   0.066
2024-01-01 custom "loss-rate" Assets:Receivable "91+"     0.106

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-05-15 * "Allowance"
  Expenses:CreditLoss                      36.00 EUR
  Assets:Allowance                        -36.00 EUR
""",
    "ambiguous-links": """\
; An invoice has two links and no key, so its number cannot be told.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1 ^ORDER-9
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR
""",
    "bad-terms": """\
; Payment terms that do not parse.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-01-01 custom "payment-terms" Assets:Receivable "thirty days or so"

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR
""",
    "beancount": """\
; A balance assertion fails.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-02 balance Assets:Receivable:Acme  900.00 EUR
""",
    "conflicting-attribute": """\
; Two accounts of one customer name different segments.

2024-01-01 open Assets:Receivable:Acme
  customer: "C001"
  segment: "machinery"
2024-01-01 open Assets:Receivable:Acme:Bills
  segment: "chemicals"
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR
""",
    "contradictory": """\
; Two payment terms for one subject on one day.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-01-01 custom "payment-terms" Assets:Receivable "net 30"
2024-01-01 custom "payment-terms" Assets:Receivable "net 60"

2024-03-01 * "Acme" "Invoice" ^INV-1
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR
""",
    "customer-in-credit": """\
; A customer paid without owing anything.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-20 * "Acme" "Receipt" ^INV-1
  Assets:Bank                            1000.00 EUR
  Assets:Receivable:Acme                -1000.00 EUR

2024-03-27 * "Acme" "Receipt" ^RCP-2
  Assets:Bank                             300.00 EUR
  Assets:Receivable:Acme                 -300.00 EUR
    allocation: "none"
""",
    "discount-entitled": """\
; A customer paid in time less the discount, which nobody has posted.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales
2024-01-01 open Expenses:Discounts

2024-01-01 custom "payment-terms" Assets:Receivable "2/10 net 30"

2024-03-01 * "Acme" "Invoice" ^INV-1
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-11 * "Acme" "Receipt" ^INV-1
  Assets:Bank                             980.00 EUR
  Assets:Receivable:Acme                 -980.00 EUR
""",
    "discount-late": """\
; The discount for payment within ten days is taken on the eleventh.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales
2024-01-01 open Expenses:Discounts

2024-01-01 custom "payment-terms" Assets:Receivable "2/10 net 30"

2024-03-01 * "Acme" "Invoice" ^INV-1
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-12 * "Acme" "Receipt less discount" ^INV-1
  Assets:Bank                             980.00 EUR
  Expenses:Discounts                       20.00 EUR
  Assets:Receivable:Acme                -1000.00 EUR
""",
    "due-before-invoice": """\
; An invoice falls due before it was written.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2023-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR
""",
    "duplicate-number": """\
; Two invoices of one customer have one number.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-08 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                  500.00 EUR
  Income:Sales                           -500.00 EUR
""",
    "evidence": """\
; The document is not what it was when the balance was agreed.

2024-01-01 open Assets:Receivable:Acme  EUR
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-31 custom "statement" "Acme" 1000.00 EUR
  agreed: TRUE
  document: "include/confirmation.txt"
  sha256: "ae448ac86c4e8e4dec645729708ef41873ae79c6dff84eff73360989487f08e5"
""",
    "group-limit-exceeded": """\
; The customers below one account owe more together than the limit of their group.

2024-01-01 open Assets:Receivable:Machinery:Acme
2024-01-01 open Assets:Receivable:Machinery:Beta
2024-01-01 open Income:Sales

2024-01-01 custom "group-credit-limit" Assets:Receivable:Machinery 8000.00 EUR

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Machinery:Acme       4000.00 EUR
  Income:Sales                          -4000.00 EUR

2024-03-05 * "Beta" "Invoice" ^INV-2
  due: 2024-03-31
  Assets:Receivable:Machinery:Beta       4500.00 EUR
  Income:Sales                          -4500.00 EUR
""",
    "invalid-account": """\
; A component of the account starts with neither an upper-case letter nor a digit.
2024-01-01 open Assets:Receivable:华东重工 CNY
  customer: "C001"
2024-01-01 open Income:Sales

2024-03-01 * "Invoice" ^INV-1
  Assets:Receivable:华东重工   1000.00 CNY
    due: 2024-03-31
  Income:Sales
""",
    "item-elsewhere": """\
; A receipt names an item that stands on another account of the customer.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Receivable:Acme:Bills
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-01 * "Acme" "Invoice" ^BILL-1
  due: 2024-03-31
  Assets:Receivable:Acme:Bills            500.00 EUR
  Income:Sales                           -500.00 EUR

2024-03-20 * "Acme" "Receipt" ^RCP-1
  Assets:Bank                             500.00 EUR
  Assets:Receivable:Acme                 -500.00 EUR
    invoice: "BILL-1"
""",
    "limit-exceeded": """\
; An invoice takes the exposure a cent above the limit.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-01-01 custom "credit-limit" "Acme" 5000.00 EUR

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 5000.01 EUR
  Income:Sales                          -5000.01 EUR
""",
    "malformed": """\
; A credit limit without its currency.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-01-01 custom "credit-limit" "Acme" 50000.00

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR
""",
    "misplaced": """\
; Payment terms on an account that holds no receivables.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-01-01 custom "payment-terms" Assets:Bank "net 30"

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR
""",
    "missing-price": """\
; The limit is in euro, the customer owes dollars, and the ledger has no price.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-01-01 custom "credit-limit" "Acme" 5000.00 EUR

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 USD
  Income:Sales                          -1000.00 USD
""",
    "no-customer": """\
; An invoice is posted on the root of the receivables, which belongs to no customer.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Receivable
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable                      1000.00 EUR
  Income:Sales                          -1000.00 EUR
""",
    "no-due-date": """\
; An invoice has neither a due date nor payment terms.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR
""",
    "no-loss-rate": """\
; An item is in a bucket for which there is no loss rate.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-01-01 custom "loss-rate" Assets:Receivable "not-due" 0.003
2024-01-01 custom "loss-rate" Assets:Receivable "1-30"    0.016
2024-01-01 custom "loss-rate" Assets:Receivable "61-90"   0.066
2024-01-01 custom "loss-rate" Assets:Receivable "91+"     0.106

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-05-15 note Assets:Receivable:Acme "Called about the open invoices"
""",
    "on-hold": """\
; An invoice for a customer on hold.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 custom "credit-hold" "Acme" TRUE
  until: 2024-03-31

2024-03-31 * "Acme" "Invoice" ^INV-1
  due: 2024-04-30
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR
""",
    "over-application": """\
; A receipt names an invoice for more than is open of it.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-01 * "Acme" "Invoice" ^INV-2
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-20 * "Acme" "Receipt" ^RCP-1
  Assets:Bank                            1200.00 EUR
  Assets:Receivable:Acme                -1200.00 EUR
    invoice: "INV-1"
""",
    "pad": """\
; A receivable account is filled by pad, so nobody knows which invoices are open.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Equity:Opening

2024-01-01 custom "payment-terms" Assets:Receivable "net 30"

2024-01-01 pad Assets:Receivable:Acme Equity:Opening

2024-01-02 balance Assets:Receivable:Acme  1000.00 EUR
""",
    "plugin-in-include": """\
; The plugin line stands in an included file, where Beancount ignores it.

include "include/plugin-in-include.beancount"

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

; include/plugin-in-include.beancount:
; Included; Beancount does not look at the plugin line below.

plugin "arledger.plugins.receivables"

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR
""",
    "receipt-exceeded": """\
; A refund takes more from a receipt than is held of it.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-20 * "Acme" "Receipt" ^RCP-1
  Assets:Bank                             300.00 EUR
  Assets:Receivable:Acme                 -300.00 EUR
    allocation: "none"

2024-03-27 * "Acme" "Refund of what was paid by mistake"
  Assets:Receivable:Acme                  350.00 EUR
    receipt: "RCP-1"
  Assets:Bank                            -350.00 EUR
""",
    "receipt-used": """\
; A later application names a receipt that fifo has used for an older invoice.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-01-01 custom "allocation" Assets:Receivable "fifo"

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-01 * "Acme" "Invoice" ^INV-2
  due: 2024-04-30
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-20 * "Acme" "Receipt" ^RCP-1
  Assets:Bank                            1000.00 EUR
  Assets:Receivable:Acme                -1000.00 EUR

2024-03-27 * "Acme" "The receipt is for the second invoice"
  Assets:Receivable:Acme                 1000.00 EUR
    receipt: "RCP-1"
  Assets:Receivable:Acme                -1000.00 EUR
    invoice: "INV-2"
""",
    "reopened": """\
; The seal is lifted by name, and nothing is sealed since.

2024-01-01 open Assets:Receivable:Acme  EUR
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-31 custom "ar-seal" "v1:sha256:535dca67992d8cd00bde83872f5df4efc7366edd7cfae0cf58714c0c2882afbd"
  customer-1: "Acme: 1000 EUR, 3d57ace5ffce"
  allowance: "de6849fde19a"

2024-03-20 * "Acme" "Invoice" ^INV-2
  due: 2024-04-19
  Assets:Receivable:Acme                  250.00 EUR
  Income:Sales                           -250.00 EUR

2024-04-10 custom "ar-reopen" 2024-03-31
  approved-by: "Wang Min"
  reason: "an invoice of March was forgotten"
""",
    "seal-broken": """\
; An invoice dated before the seal was added after it.

2024-01-01 open Assets:Receivable:Acme  EUR
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-31 custom "ar-seal" "v1:sha256:535dca67992d8cd00bde83872f5df4efc7366edd7cfae0cf58714c0c2882afbd"
  customer-1: "Acme: 1000 EUR, 3d57ace5ffce"
  allowance: "de6849fde19a"

2024-03-20 * "Acme" "Invoice" ^INV-2
  due: 2024-04-19
  Assets:Receivable:Acme                  250.00 EUR
  Income:Sales                           -250.00 EUR
""",
    "seal-version": """\
; A seal of a version that is still to come.

2024-01-01 open Assets:Receivable:Acme  EUR
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-31 custom "ar-seal" "v9:sha256:535dca67992d8cd00bde83872f5df4efc7366edd7cfae0cf58714c0c2882afbd"
  customer-1: "Acme: 1000 EUR, 3d57ace5ffce"
  allowance: "de6849fde19a"
""",
    "small-difference": """\
; Three cents of an invoice are left, within the tolerance.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales
2024-01-01 open Expenses:Rounding

2024-01-01 custom "tolerance" Assets:Receivable 0.05 EUR

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-20 * "Acme" "Receipt" ^INV-1
  Assets:Bank                             999.97 EUR
  Assets:Receivable:Acme                 -999.97 EUR
""",
    "statement-currency": """\
; The customer has nothing in the currency of the statement.

2024-01-01 open Assets:Receivable:Acme  EUR
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-31 custom "statement" "Acme" 1000.00 USD
""",
    "statement-differs": """\
; The statement is not agreed, and has another balance than the ledger.

2024-01-01 open Assets:Receivable:Acme  EUR
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-31 custom "statement" "Acme" 900.00 EUR
  agreed: FALSE
""",
    "statement-unexplained": """\
; Our balance and the differences do not come to theirs.

2024-01-01 open Assets:Receivable:Acme  EUR
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-31 custom "statement" "Acme" 1000.00 EUR
  agreed: TRUE
  theirs: 0.00 EUR
  difference-1: "in-transit INV-1 -900.00 EUR"

2024-04-30 custom "statement" "Acme" 1000.00 EUR
  agreed: TRUE
""",
    "unknown-advance": """\
; An invoice is settled from an advance that was never received.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Liabilities:Advances:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Advance" ^ADV-1
  Assets:Bank                             500.00 EUR
  Liabilities:Advances:Acme              -500.00 EUR

2024-04-01 * "Acme" "Invoice" ^INV-1
  due: 2024-05-01
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-04-05 * "Acme" "Advance applied"
  Liabilities:Advances:Acme               500.00 EUR
    advance: "ADV-7"
  Assets:Receivable:Acme                 -500.00 EUR
    invoice: "INV-1"
""",
    "unknown-customer": """\
; A credit limit for a customer that no account has.

2024-01-01 open Assets:Receivable:Acme
  customer: "C001"
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-01-01 custom "credit-limit" "Acme" 50000.00 EUR

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR
""",
    "unknown-directive": """\
; A directive is misspelt.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-01-01 custom "credit-limits" "Acme" 50000.00 EUR

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR
""",
    "unknown-item": """\
; A receipt names an invoice that was never issued.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-20 * "Acme" "Receipt" ^RCP-1
  Assets:Bank                            1000.00 EUR
  Assets:Receivable:Acme                -1000.00 EUR
    invoice: "INV-7"
""",
    "unknown-key": """\
; The key of the invoice is misspelt, so the receipt names nothing.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-20 * "Acme" "Receipt"
  Assets:Bank                            1000.00 EUR
  Assets:Receivable:Acme                -1000.00 EUR
    invioce: "INV-1"
""",
    "unknown-receipt": """\
; A refund names a receipt that never came.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-20 * "Acme" "Receipt" ^RCP-1
  Assets:Bank                             300.00 EUR
  Assets:Receivable:Acme                 -300.00 EUR
    allocation: "none"

2024-03-27 * "Acme" "Refund of what was paid by mistake"
  Assets:Receivable:Acme                  300.00 EUR
    receipt: "RCP-7"
  Assets:Bank                            -300.00 EUR
""",
    "unnamed-advance": """\
; An advance is applied, and nothing says which.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Liabilities:Advances:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Advance" ^ADV-1
  Assets:Bank                             500.00 EUR
  Liabilities:Advances:Acme              -500.00 EUR

2024-04-01 * "Acme" "Invoice" ^INV-1
  due: 2024-05-01
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-04-05 * "Acme" "Advance applied"
  Liabilities:Advances:Acme               500.00 EUR
  Assets:Receivable:Acme                 -500.00 EUR
    invoice: "INV-1"
""",
    "unopened-account": """\
; Payment terms for an account that was never opened.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-01-01 custom "payment-terms" Assets:Receivable:Acne "net 30"

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR
""",
    "unquoted-number": """\
; The number of a receipt stands without quotes, so it was read as the sum 2024 - 0501.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  Assets:Receivable:Acme                 1000.00 EUR
  Income:Sales                          -1000.00 EUR

2024-03-20 * "Acme" "Receipt" ^INV-1
  receipt: 2024-0501
  Assets:Bank                            1000.00 EUR
  Assets:Receivable:Acme                -1000.00 EUR
""",
    "waiver-ended": """\
; A waiver has ended, and the customer still owes more than its limit.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-01-01 custom "credit-limit" "Acme" 5000.00 EUR

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  credit-waiver: "Wang Min"
  waiver-until: 2024-04-30
  Assets:Receivable:Acme                 6000.00 EUR
  Income:Sales                          -6000.00 EUR

2024-05-10 * "Acme" "Receipt" ^INV-1
  Assets:Bank                            2000.00 EUR
  Assets:Receivable:Acme                -2000.00 EUR
""",
    "waiver-unused": """\
; An invoice that is within the limit is waived.

2024-01-01 open Assets:Receivable:Acme
2024-01-01 open Assets:Bank
2024-01-01 open Income:Sales

2024-01-01 custom "credit-limit" "Acme" 5000.00 EUR

2024-03-01 * "Acme" "Invoice" ^INV-1
  due: 2024-03-31
  credit-waiver: "Wang Min"
  waiver-until: 2024-06-30
  Assets:Receivable:Acme                 4000.00 EUR
  Income:Sales                          -4000.00 EUR
""",
}
