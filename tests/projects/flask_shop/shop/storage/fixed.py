"""Repaired: rows that say whose they are, outside the workers."""

from sqlalchemy.orm import object_session

from shop.models import BasketLine, Customer


def add(customer: Customer, item: str) -> None:
    customer.lines.append(BasketLine(item=item))
    object_session(customer).commit()


def items_of(customer: Customer) -> list[str]:
    return [line.item for line in customer.lines]
